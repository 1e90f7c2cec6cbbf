import Contracts
import Logging
import Messaging
import Observability

/// Removes what this service has of erased tasks: analyses, texts, vectors, repairs, and their places in the index of
/// similar tasks.
struct ErasureHandler: Sendable {
    let store: ErasureStore
    let neighbours: Neighbours
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var erased: [CloudEvent<TaskErased>] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                erased.append(try event.decode(TaskErased.self))
                outcomes.append(.done)
            } catch {
                outcomes.append(.deadLetter(error))
            }
        }
        guard !erased.isEmpty else { return outcomes }
        // Before and after: an analysis that is under way may have found one of them in between.
        await neighbours.forget(erased.map(\.data.taskID))
        try await store.erase(erased)
        await neighbours.forget(erased.map(\.data.taskID))
        for event in erased {
            logger.event(
                .notice, "an erased task is forgotten", story: event.ownStory, taskID: event.data.taskID,
                eventID: event.id, eventType: event.type)
        }
        return outcomes
    }
}
