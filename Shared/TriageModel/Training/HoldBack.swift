/// Which training tasks are kept from training, so that confidence and zones are fitted on unseen ones and a test can
/// post them as corrections that the base model never saw.
///
/// The rule: of the rows with `split` `train`, in file order, the last fifth of each project and label. Of NLBSE'24,
/// with 100 rows of each, that is the last 20 of each repository and label: 300 rows.
package struct HoldBack: Sendable {
    /// One row of a data set.
    package struct Row: Sendable {
        let group: String

        package init(project: String, label: String) {
            group = "\(project)\u{0}\(label)"
        }
    }

    private let places: Set<Int>

    /// - Parameter rows: the training rows of one file, in file order.
    package init(_ rows: [Row]) {
        var places: Set<Int> = []
        for group in Dictionary(grouping: rows.indices, by: { rows[$0].group }).values {
            places.formUnion(group.suffix(group.count / 5))
        }
        self.places = places
    }

    /// Whether the row at a place is kept from training.
    package func contains(_ place: Int) -> Bool { places.contains(place) }

    package var count: Int { places.count }
}
