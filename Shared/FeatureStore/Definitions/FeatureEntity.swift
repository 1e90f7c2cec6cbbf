/// What a feature is a property of (Feast's and Tecton's "entity").
package enum FeatureEntity: String, CaseIterable, Sendable {
    /// The author of a task, within a tenant.
    case user
    /// A project, within a tenant.
    case project
    /// The task itself: its values need no history, they are computed when it is asked for ("on demand").
    case task

    /// As it stands in the database.
    package var code: Int16 {
        switch self {
        case .user: 1
        case .project: 2
        case .task: 3
        }
    }
}
