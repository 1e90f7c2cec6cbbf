/// The order of a list of tasks.
package enum TaskOrder: String, CaseIterable, Sendable {
    case newest, oldest
    /// How well they match what was searched for.
    case relevance
}
