import Contracts
import Logging
import Messaging
import Observability

/// Takes in the label sets that teams have changed; the trigger looks whether a training follows.
struct LabelHandler: Sendable {
    let store: LabelSetStore
    /// Looks at the trigger now.
    let wake: @Sendable () -> Void
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var changed: [CloudEvent<LabelsChanged>] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                changed.append(try event.decode(LabelsChanged.self))
                outcomes.append(.done)
            } catch {
                outcomes.append(.deadLetter(error))
            }
        }
        guard !changed.isEmpty else { return outcomes }
        try await store.insert(changed)
        for event in changed {
            logger.event(
                .info, "labels for the next training", story: event.ownStory, eventID: event.id, eventType: event.type,
                more: ["version": "\(event.data.version)"])
        }
        wake()
        return outcomes
    }
}
