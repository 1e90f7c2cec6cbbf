import Contracts
import Logging
import Messaging
import Observability
import Postgres
import RetrainingTriggerCore
import Rollout

/// Does what people ask for: another serving version, or a training now. Few events: a transaction each, with the
/// inbox, so that a repeated request has no second effect.
struct ControlHandler: Sendable {
    let trainings: TrainingStore
    let rollouts: RolloutStore
    let telling: RolloutTelling
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
        /// Of the rollout that was under way, and who serves now, if that isn't one of its two.
        case changed(RolloutStore.Changes, CloudEvent<RolloutChanged>?)
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
        case .changed(let changes, let change):
            await telling.tell(changes)
            guard let change else { break }
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
        var held: RolloutStore.Held?
        if let serving { held = try await rollouts.hold(over: serving, transaction) }
        let underWay = held.map { RolloutUnderWay(id: $0.row.id, challenger: $0.row.challenger) }
        switch RolloutDecision.decide(
            on: request.data, serving: held?.serving ?? serving, underWay: underWay, known: known)
        {
        case .command(let command):
            guard var held else { return .unchanged(reason: "no rollout is under way") }
            if let reason = held.row.state.refusal(of: command.action) { return .unchanged(reason: reason) }
            if command.action == .promote { try await Self.check(held.row.challenger, transaction) }
            try await rollouts.take(.command(command), &held, story: request.story, transaction)
            try await rollouts.finish(held, transaction)
            return .changed(held.changes, nil)
        case .refuse(let code, let reason): throw Refusal(code: code, reason: reason)
        case .unchanged(let reason): return .unchanged(reason: reason)
        case .change(let version, var serving, let reason):
            try await Self.check(version, transaction)
            var changes = RolloutStore.Changes()
            if var held {
                let end = CanaryCommand(.rollBack, by: request.data.requestedBy, reason: request.data.reason)
                try await rollouts.take(.command(end), &held, story: request.story, transaction)
                try await rollouts.finish(held, transaction)
                changes = held.changes
                serving = held.serving
            }
            let change = try await RegistryStore.promote(
                version, over: serving, reason: reason, story: request.story, at: .now, transaction)
            let message = try OutboxMessage(change)
            _ = try await transaction.queries([trainings.outbox.insertion(of: [message])])
            changes.messages.append(message)
            return .changed(changes, change)
        }
    }

    private static func known(_ version: String?, _ transaction: DatabaseTransaction) async throws -> Set<String> {
        guard let version else { return [] }
        let rows = try await transaction.query("SELECT 1 FROM registry.models WHERE version = $1", [version])
        return rows.isEmpty ? [] : [version]
    }

    /// - Throws: `Refusal` when a version would answer nobody.
    private static func check(_ version: String, _ transaction: DatabaseTransaction) async throws {
        guard let reason = try await RegistryStore.refusal(toServe: version, transaction) else { return }
        throw Refusal(code: .artifactUnreadable, reason: reason)
    }

    private func train(_ request: CloudEvent<TrainingRequested>) async throws -> Outcome {
        let start = try await trainings.start(request: request) { facts in
            if let reason = facts.obstacle { return .wait(reason: reason) }
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
        case .refused(let row, let message):
            await relay.enqueue([message])
            log(.notice, "training not started", request, ["training_id": "\(row.id)", "reason": "\(row.reason)"])
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
