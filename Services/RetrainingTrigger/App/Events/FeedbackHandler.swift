import Contracts
import Logging
import Messaging
import Observability
import Postgres
import RetrainingTriggerCore
import Rollout

/// Projects feedback into the data set; one statement for each batch, each item counted once. While some users have a
/// challenger, what people say of the two versions is counted in the same transaction.
struct FeedbackHandler: Sendable {
    let store: FeedbackStore
    let rollouts: RolloutStore
    let telling: RolloutTelling
    /// Looks at the trigger now.
    let wake: @Sendable () -> Void
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var feedback: [CloudEvent<FeedbackRecorded>] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                feedback.append(try event.decode(FeedbackRecorded.self))
                outcomes.append(.done)
            } catch {
                outcomes.append(.deadLetter(error))
            }
        }
        guard !feedback.isEmpty else { return outcomes }
        let new = try await store(feedback)
        for event in feedback {
            let isNew = new.contains(event.id)
            logger.event(
                isNew ? .info : .debug, isNew ? "feedback projected" : "feedback was projected before",
                story: event.ownStory, taskID: event.data.task.taskID, eventID: event.id, eventType: event.type,
                more: ["feedback_id": "\(event.data.feedbackID)", "revision": "\(event.data.task.revision)"])
        }
        if !new.isEmpty { wake() }
        return outcomes
    }

    /// - Returns: the ids of the events that are new.
    private func store(_ feedback: [CloudEvent<FeedbackRecorded>]) async throws -> Set<Identifier> {
        guard try await rollouts.isUnderWay() else { return try await store.insert(feedback) }
        let (new, changes) = try await store.pool.transaction { transaction in
            let held = try await rollouts.hold(transaction)
            let new = try await store.insert(feedback, transaction)
            guard var held else { return (new, RolloutStore.Changes()) }
            for event in feedback where new.contains(event.id) { try await judge(event.data, &held, transaction) }
            try await rollouts.finish(held, transaction)
            return (new, held.changes)
        }
        await telling.tell(changes)
        return new
    }

    private func judge(
        _ feedback: FeedbackRecorded, _ held: inout RolloutStore.Held, _ transaction: DatabaseTransaction
    ) async throws {
        let row = held.row
        guard row.status == .canary, let since = row.canaryAt,
            let answer = JudgedAnswer(feedback, champion: row.champion, challenger: row.challenger, since: since)
        else { return }
        let earlier = try await rollouts.count(
            answer.score, of: feedback.user, tenant: feedback.task.tenant, on: feedback.task.taskID, in: row.id,
            transaction)
        guard let earlier else { return }
        try await rollouts.take(.judged(answer.arm, score: answer.score, earlier: earlier), &held, transaction)
    }
}
