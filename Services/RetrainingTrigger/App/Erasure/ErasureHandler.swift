import Contracts
import Logging
import Messaging
import Observability

/// Removes what this service has of erased tasks: feedback with its texts, and their lines in the snapshots here.
struct ErasureHandler: Sendable {
    let store: ErasureStore
    let snapshots: ErasedSnapshots
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
        let (tasks, snapshots) = (Set(erased.map(\.data.taskID)), snapshots)
        let lines = try await offPool { try snapshots.remove(tasks, at: .now) }
        try await store.erase(erased, lines: lines)
        for event in erased {
            logger.event(
                .notice, "an erased task's feedback is gone", story: event.ownStory, taskID: event.data.taskID,
                eventID: event.id, eventType: event.type)
        }
        return outcomes
    }
}
