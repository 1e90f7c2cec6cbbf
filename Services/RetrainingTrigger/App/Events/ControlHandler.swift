import Contracts
import Logging
import Messaging
import Observability
import Postgres
import RetrainingTriggerCore

/// Does what people ask for: another serving version, or a training now. Few events: a transaction each, with the
/// inbox, so that a repeated request has no second effect.
struct ControlHandler: Sendable {
    let trainings: TrainingStore
    let relay: Relay
    /// Looks for trainings to work on now.
    let wake: @Sendable () -> Void
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for event in events {
            do {
                switch event.type {
                case .rolloutRequested: outcomes.append(try await rollOut(try event.decode(RolloutRequested.self)))
                case .trainingRequested: outcomes.append(try await train(try event.decode(TrainingRequested.self)))
                default: outcomes.append(.done)  // not bound to this queue
                }
            } catch let rejection as EventCoder.Rejection {
                outcomes.append(.deadLetter(rejection))
            }
        }
        return outcomes
    }

    /// Rolls the transaction back: a request that is tried again from the dead letters is no duplicate.
    private struct Refusal: Error {
        let code: ErrorCode
        let reason: String
    }

    private enum Effect: Sendable {
        case duplicate
        case unchanged(reason: String)
        case changed(CloudEvent<RolloutChanged>, OutboxMessage)
    }

    private func rollOut(_ request: CloudEvent<RolloutRequested>) async throws -> Outcome {
        let effect: Effect
        do {
            effect = try await trainings.pool.transaction { try await decide(request, $0) }
        } catch let refusal as Refusal {
            return .deadLetter(code: refusal.code, reason: refusal.reason, brokenRules: [])
        }
        switch effect {
        case .duplicate: break
        case .unchanged(let reason): log(.notice, "serving version unchanged", request, ["reason": "\(reason)"])
        case .changed(let change, let message):
            await relay.enqueue([message])
            log(
                .notice, "serving version changed", request,
                ["model_version": "\(change.data.champion)", "reason": "\(change.data.reason)"])
        }
        return .done
    }

    private func decide(
        _ request: CloudEvent<RolloutRequested>, _ transaction: DatabaseTransaction
    ) async throws -> Effect {
        // Before the inbox: the lock makes two requests go one after the other.
        let serving = try await RegistryStore.serving(transaction)
        guard try await transaction.isNew(request.id) else { return .duplicate }
        let known = try await Self.known(request.data.version, transaction)
        switch RolloutDecision.decide(on: request.data, serving: serving, known: known) {
        case .refuse(let code, let reason): throw Refusal(code: code, reason: reason)
        case .unchanged(let reason): return .unchanged(reason: reason)
        case .change(let version, let serving, let reason):
            let change = try await RegistryStore.promote(
                version, over: serving, reason: reason, story: request.story, at: .now, transaction)
            let message = try OutboxMessage(change)
            _ = try await transaction.queries([trainings.outbox.insertion(of: [message])])
            return .changed(change, message)
        }
    }

    private static func known(_ version: String?, _ transaction: DatabaseTransaction) async throws -> Set<String> {
        guard let version else { return [] }
        let rows = try await transaction.query("SELECT 1 FROM registry.models WHERE version = $1", [version])
        return rows.isEmpty ? [] : [version]
    }

    private func train(_ request: CloudEvent<TrainingRequested>) async throws -> Outcome {
        let start = try await trainings.start(request: request) { facts in
            guard !facts.isTraining else { return .wait(reason: "a training is under way") }
            return .start(
                reason: "asked for by \(request.data.requestedBy): \(request.data.reason); "
                    + "\(facts.newFeedback) new feedback items")
        }
        switch start {
        case .started(let row, let message):
            await relay.enqueue([message])
            log(.notice, "training queued", request, ["training_id": "\(row.id)", "reason": "\(row.reason)"])
            wake()
        case .waited(let reason): log(.notice, "training not started", request, ["reason": "\(reason)"])
        case .duplicate: break
        }
        return .done
    }

    private func log<Payload: EventPayload>(
        _ level: Logger.Level, _ message: Logger.Message, _ request: CloudEvent<Payload>, _ more: Logger.Metadata
    ) {
        logger.event(
            level, message, story: request.story, eventID: request.id, eventType: request.type, more: more)
    }
}
