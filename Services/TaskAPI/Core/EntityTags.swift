/// The value of an `ETag`: a strong validator of one representation (RFC 9110, 8.8.3).
package struct EntityTag: Hashable, Sendable {
    /// Without the quotation marks.
    package let text: String

    package init(_ text: String) { self.text = text }

    /// As the header has it.
    package var header: String { "\"\(text)\"" }
}

/// What an `If-Match` or `If-None-Match` header lists (RFC 9110, 13.1).
package struct EntityTags: Hashable, Sendable {
    private enum Content: Hashable {
        /// `*`.
        case any
        case tags([EntityTag], weak: [EntityTag])
    }

    private let content: Content

    /// Tags that are read at most.
    package static let limit = 100

    /// - Parameter header: `*`, or tags in quotation marks with commas between, or nothing; `nil` for anything else.
    package init?(_ header: String) {
        let text = Self.trimmed(header[...])
        if text == "*" {
            content = .any
            return
        }
        var strong: [EntityTag] = []
        var weak: [EntityTag] = []
        var rest = text
        // An empty field lists none, and none matches.
        guard !rest.isEmpty else {
            content = .tags([], weak: [])
            return
        }
        while true {
            rest = Self.trimmed(rest)
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
            let tag = EntityTag(String(rest[rest.index(after: rest.startIndex)..<end]))
            guard tag.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), strong.count + weak.count < Self.limit
            else {
                return nil
            }
            if isWeak { weak.append(tag) } else { strong.append(tag) }
            rest = Self.trimmed(rest[rest.index(after: end)...])
            if rest.isEmpty { break }
            guard rest.first == "," else { return nil }
            rest = rest.dropFirst()
        }
        content = .tags(strong, weak: weak)
    }

    /// By strong comparison, for `If-Match`: a weak tag never matches.
    package func matches(_ tag: EntityTag) -> Bool {
        switch content {
        case .any: true
        case .tags(let strong, _): strong.contains(tag)
        }
    }

    /// By weak comparison, for `If-None-Match`.
    package func matchesWeakly(_ tag: EntityTag) -> Bool {
        switch content {
        case .any: true
        case .tags(let strong, let weak): strong.contains(tag) || weak.contains(tag)
        }
    }

    /// What ``init(_:)`` takes, as a regular expression for a schema.
    package static let pattern =
        "^(|\\*|(W/)?\"[!#-~]*\"([ \\t]*,[ \\t]*(W/)?\"[!#-~]*\"){0,99})$"

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
