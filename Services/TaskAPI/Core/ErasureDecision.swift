/// Who may erase a task.
package enum ErasureDecision {
    /// Its author, whose words they are, and whoever runs the system.
    package static func mayErase(author: String, user: String, isOperator: Bool) -> Bool {
        isOperator || author == user
    }
}
