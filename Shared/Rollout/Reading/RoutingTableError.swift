/// One thing that is wrong with a routing table, and where.
package struct RoutingFault: Sendable, Hashable {
    /// Such as `rules[1].weights`; empty for the whole table.
    package var path: String
    package var text: String

    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// A routing table that can't be used, with all its faults at once.
package struct RoutingTableError: Error, Sendable, Hashable, CustomStringConvertible {
    package var faults: [RoutingFault]

    package init(faults: [RoutingFault]) { self.faults = faults }

    package var description: String {
        faults.map { $0.path.isEmpty ? $0.text : "\($0.path): \($0.text)" }.joined(separator: "\n")
    }
}
