/// One feature: what it is called, whom it belongs to, and the code that computes it.
///
/// The same code gives the value that is served and the value that history gives for training. Who changes what it
/// answers raises `version`; a golden file (`Tests/FeatureStoreTests/Golden`) refuses a change without one.
package struct FeatureDefinition: Sendable {
    /// `entity:name`, as Feast writes a reference; lower case, digits and underscores.
    package let name: String
    /// From 1.
    package let version: Int
    package let entity: FeatureEntity
    package let unit: FeatureUnit
    /// Who answers for it.
    package let owner: String
    /// One sentence, for people.
    package let summary: String
    /// The value for a request; nil where there is none, such as a share of nothing.
    package let value: @Sendable (FeatureInput) -> Int32?

    package init(
        _ name: String, version: Int, entity: FeatureEntity, unit: FeatureUnit, owner: String, summary: String,
        value: @escaping @Sendable (FeatureInput) -> Int32?
    ) {
        self.name = "\(entity.rawValue):\(name)"
        self.version = version
        self.entity = entity
        self.unit = unit
        self.owner = owner
        self.summary = summary
        self.value = value
    }

    /// Name and version, as logs and data sets keep it: `user:tasks_4w@1`.
    package var reference: String { "\(name)@\(version)" }
}
