import Contracts
import Logging
import Messaging
import Observability

/// Projects feedback into the data set; one statement for each batch, each item counted once.
struct FeedbackHandler: Sendable {
    let store: FeedbackStore
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
        let new = try await store.insert(feedback)
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
}
