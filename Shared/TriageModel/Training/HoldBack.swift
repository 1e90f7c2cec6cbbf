/// Which training tasks are kept from training, so that confidence and zones are fitted on unseen ones and a test can
/// post them as corrections that the base model never saw.
///
/// The rule: of the rows with `split` `train`, in file order, the last fifth of each project and label. Of NLBSE'24,
/// with 100 rows of each, that is the last 20 of each repository and label: 300 rows.
package struct HoldBack: Sendable {
    /// One row of a data set.
    package struct Row: Sendable {
        let id: String
        let group: String

        package init(id: String, project: String, label: String) {
            self.id = id
            group = "\(project)\u{0}\(label)"
        }
    }

    private let ids: Set<String>

    /// - Parameter rows: the training rows of one file, in file order.
    package init(_ rows: [Row]) {
        var ids: Set<String> = []
        for group in Dictionary(grouping: rows, by: \.group).values {
            ids.formUnion(group.suffix(group.count / 5).map(\.id))
        }
        self.ids = ids
    }

    /// Whether a row is kept from training.
    package func contains(_ id: String) -> Bool { ids.contains(id) }

    package var count: Int { ids.count }
}
