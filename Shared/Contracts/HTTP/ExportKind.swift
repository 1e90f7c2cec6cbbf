/// What is exported.
package enum ExportKind: String, CaseIterable, Sendable {
    /// Each task as it stands.
    case tasks
    /// Of each task the analysis of its current revision.
    case analyses
    /// Each field that a person judged.
    case feedback
}
