package import Contracts
import FoundationEssentials

/// The place in a list, opaque to clients: the last item shown, and which query it belongs to. Tasks that are added
/// meanwhile move nothing: places are keys, not counts.
package struct Cursor: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// Before this one, the newest first.
        case newest(Identifier)
        /// After this one, the oldest first.
        case oldest(Identifier)
        /// After this one by rank and id, among the tasks up to `top`, which the first page was made of.
        case relevance(top: Identifier, rank: Float, last: Identifier)
    }

    package let place: Place
    /// Of the filters and the order: a cursor is good for its own query only.
    package let query: UInt64

    package init(_ place: Place, query: UInt64) {
        self.place = place
        self.query = query
    }

    /// Reads what `text` wrote; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let kind = parts.first, let query = parts.last.flatMap({ Self.number($0, digits: 16) }) else {
            return nil
        }
        let ids = parts.dropFirst().dropLast()
        switch (kind, ids.count) {
        case ("n", 1):
            guard let id = ids.first.flatMap({ Identifier($0) }) else { return nil }
            place = .newest(id)
        case ("o", 1):
            guard let id = ids.first.flatMap({ Identifier($0) }) else { return nil }
            place = .oldest(id)
        case ("r", 3):
            guard let top = ids.first.flatMap({ Identifier($0) }), let last = ids.last.flatMap({ Identifier($0) }),
                let bits = Self.number(ids[ids.startIndex + 1], digits: 8)
            else { return nil }
            let rank = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            guard rank.isFinite, rank >= 0 else { return nil }
            place = .relevance(top: top, rank: rank, last: last)
        default: return nil
        }
        self.query = query
    }

    package var text: String {
        let end = "." + Self.hex(query, digits: 16)
        return switch place {
        case .newest(let id): "n.\(id)" + end
        case .oldest(let id): "o.\(id)" + end
        case .relevance(let top, let rank, let last):
            "r.\(top)." + Self.hex(UInt64(rank.bitPattern), digits: 8) + ".\(last)" + end
        }
    }

    /// What ``init(_:)`` takes, as a regular expression for a schema.
    package static let pattern: String = {
        let id = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
        return "^([no]\\.\(id)|r\\.\(id)\\.[0-7][0-9a-f]{7}\\.\(id))\\.[0-9a-f]{16}$"
    }()

    /// A hash of what a query asks for (FNV-1a, 64 bits): not against forgery, which gains nothing, but against mistakes.
    package static func fingerprint(_ parts: [String?]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for part in parts {
            add(part == nil ? 0 : 1)
            for byte in (part ?? "").utf8 { add(byte) }
            add(0xff)
        }
        return hash
    }

    private static func number(_ text: Substring, digits: Int) -> UInt64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return UInt64(text, radix: 16)
    }

    private static func hex(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

extension Cursor.Place {
    /// Whether it is a place of a list in that order.
    package func fits(_ order: TaskOrder) -> Bool {
        switch (self, order) {
        case (.newest, .newest), (.oldest, .oldest), (.relevance, .relevance): true
        default: false
        }
    }
}
