import Contracts
import Logging
import Messaging
import Observability

/// What follows an erasure in this service, and what the others report of theirs.
struct ErasureHandler: Sendable {
    let store: ErasureStore
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var erased: [CloudEvent<TaskErased>] = []
        var parts: [(task: Identifier, part: ErasurePart)] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                switch event.type {
                case .taskErased: erased.append(try event.decode(TaskErased.self))
                case .analysisErased:
                    let part = try event.decode(AnalysisErased.self).data
                    parts.append(
                        (
                            part.taskID,
                            ErasurePart(service: .aiAnalyzer, removed: part.removed, doneAt: part.doneAt)
                        ))
                case .trainingErased:
                    let part = try event.decode(TrainingErased.self).data
                    parts.append(
                        (
                            part.taskID,
                            ErasurePart(service: .retrainingTrigger, removed: part.removed, doneAt: part.doneAt)
                        ))
                default: break
                }
                outcomes.append(.done)
            } catch {
                outcomes.append(.deadLetter(error))
            }
        }
        try await store.forgetMentions(of: erased.map(\.data))
        try await store.note(parts)
        for event in erased {
            logger.event(
                .notice, "an erased task is named by no other", story: event.ownStory, taskID: event.data.taskID,
                eventID: event.id, eventType: event.type)
        }
        return outcomes
    }
}
