/// A setting of PostgreSQL that holds for one transaction, such as whose rows its row-level policies let it see.
package struct LocalSetting: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// What goes ahead of everything that this task and its children ask of a database; nil: the connection's own value.
    ///
    /// It travels in the same pipeline and within the same transaction, so that it costs no round trip and can't stay
    /// behind on the connection. What another task does on this one's behalf (a coalescer's lane) doesn't have it.
    @TaskLocal package static var current: LocalSetting?

    var statement: Statement { Statement("SELECT set_config($1, $2, true)", [name, value]) }
}

extension DatabasePool {
    /// Statements that are a transaction, the task's setting ahead of them; their rows alone.
    func performLocally(
        _ statements: [Statement], begin: String?, commits: Bool, lease: UInt64? = nil
    ) async throws(DatabaseError) -> [Rows] {
        guard let setting = LocalSetting.current else {
            return try await perform(.statements(statements, begin: begin, commits: commits), lease: lease)
        }
        return Array(
            try await perform(
                .statements([setting.statement] + statements, begin: begin, commits: commits), lease: lease
            ).dropFirst())
    }
}
