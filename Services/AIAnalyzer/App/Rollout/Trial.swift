import Contracts
import Rollout
import TriageModel

/// The challenger of the rollout that is under way, as this replica has it.
struct Trial: Sendable {
    let rolloutID: Identifier
    /// In shadow it answers unseen, in a canary those whose bucket lies in the share.
    let mode: RolloutStatus
    /// Of the users, in hundredths of a percent.
    let share: Int
    let experiment: String
    let version: String
    /// Nil: it can't run here, and everybody has the champion.
    let model: TriageModel?
    /// Why it can't.
    let fault: String?

    /// Whose version the author of a task gets. As `CanaryRollout.split` deals: whoever has the challenger keeps it while
    /// the share grows.
    func arm(of task: TaskSnapshot) -> RolloutArm {
        guard mode == .canary else { return .champion }
        let bucket = StickyBucket.byHash(experiment: experiment, tenant: task.tenant, user: task.author)
        return bucket < share ? .challenger : .champion
    }
}
