import DequeModule

/// Who waits for which confirm: publisher sequence numbers in order, settled in any order.
package struct ConfirmWindow<Token> {
    fileprivate var entries: Deque<Token?> = []
    /// The sequence number of `entries[0]`; the broker counts from 1 on each channel.
    private var firstSequence: UInt64 = 1

    /// How far the oldest unsettled message is behind the newest: what the broker may still answer.
    package init() {}

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }
    package var oldest: Token? { entries.first ?? nil }

    package mutating func append(_ token: Token) { entries.append(token) }

    /// Hands over what this confirm settles, oldest first; unknown and already settled tags settle nothing.
    package mutating func settle(tag: UInt64, multiple: Bool, _ body: (Token) -> Void) {
        guard tag >= firstSequence, tag - firstSequence < UInt64(entries.count) else { return }
        let index = Int(tag - firstSequence)
        if multiple {
            for _ in 0...index {
                if let token = entries.removeFirst() { body(token) }
            }
            firstSequence += UInt64(index) + 1
        } else if let token = entries[index] {
            entries[index] = nil
            body(token)
        }
        dropSettled()
    }

    fileprivate mutating func dropSettled() {
        while !entries.isEmpty, entries[0] == nil {
            entries.removeFirst()
            firstSequence += 1
        }
    }

    /// Hands over everything unsettled and starts again at 1, as on a new channel.
    package mutating func removeAll(_ body: (Token) -> Void) {
        for case let token? in entries { body(token) }
        entries.removeAll(keepingCapacity: true)
        firstSequence = 1
    }

    /// The oldest unsettled one that fits.
    package func first(where fits: (Token) -> Bool) -> Token? {
        for case let token? in entries where fits(token) { return token }
        return nil
    }
}

extension ConfirmWindow {
    /// Hands over what fits and forgets it: its confirm, if it still comes, settles nothing.
    package mutating func abandon(where fits: (Token) -> Bool, _ body: (Token) -> Void) {
        for index in entries.indices {
            guard let token = entries[index], fits(token) else { continue }
            entries[index] = nil
            body(token)
        }
        dropSettled()
    }
}
