package import Contracts
import FoundationEssentials

/// The place in a list, newest first: the id of the last item shown, opaque to clients.
package struct Cursor: Hashable, Sendable {
    package let last: Identifier

    package init(last: Identifier) { self.last = last }

    /// Reads what `text` wrote; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= 64, text.hasPrefix("t."), let id = Identifier(text.dropFirst(2)) else { return nil }
        last = id
    }

    package var text: String { "t.\(last)" }
}
