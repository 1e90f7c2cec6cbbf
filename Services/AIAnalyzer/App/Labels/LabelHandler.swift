import Contracts
import Logging
import Messaging
import Observability

/// Writes down the label sets that teams have changed, and goes by them.
struct LabelHandler: Sendable {
    let sets: LabelSets
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
        try await sets.store(changed)
        for event in changed {
            logger.event(
                .notice, "labels are served", story: event.ownStory, eventID: event.id, eventType: event.type,
                more: [
                    "version": "\(event.data.version)",
                    "in_effect": "\(sets.mapping(of: event.data.tenant).version)",
                ])
        }
        return outcomes
    }
}
