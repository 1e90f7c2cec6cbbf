import Contracts
import Logging
import Messaging
import Observability

/// Counts the answers to replays; a transaction each.
struct ReplayHandler: Sendable {
    let store: ReplayStore
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for event in events {
            let answered: CloudEvent<ReplayAnswered>
            do {
                answered = try event.decode(ReplayAnswered.self)
            } catch {
                outcomes.append(.deadLetter(error))
                continue
            }
            if case .ended(let state, let reason) = try await store.answer(answered) {
                logger.event(
                    state == .failed ? .error : .notice, "replay ended", story: answered.story, eventID: answered.id,
                    eventType: answered.type,
                    more: [
                        "replay_id": "\(answered.data.replayID)", "state": "\(state)", "reason": "\(reason ?? "")",
                        "model_version": "\(answered.data.candidateVersion)",
                    ])
            }
            outcomes.append(.done)
        }
        return outcomes
    }
}
