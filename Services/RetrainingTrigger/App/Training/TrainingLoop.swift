import Contracts
import Logging
import Messaging
import Metrics
import Observability
import Postgres
import RetrainingTriggerCore

/// Starts trainings when the policy says so, and works on the one that is under way if nobody else does.
///
/// Everything that must survive is in the database: a training that was left behind anywhere is taken over by whoever
/// looks next, and goes on with its state.
struct TrainingLoop: Sendable {
    let store: TrainingStore
    let registry: RegistryStore
    let steps: TrainingSteps
    let policy: TriggerPolicy
    let limits: TrainingLimits
    let relay: Relay
    let wakes: AsyncStream<Void>
    let wake: @Sendable () -> Void
    let logger: Logger
    /// When somebody was last told that a training waits.
    let waiting = WaitingNotice()

    /// Runs until cancelled. A training under way is then stopped and left to the next owner.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                while true {
                    wake()
                    try await Task.sleep(for: limits.poll)
                }
            }
            group.addTask { try await follow() }
        }
    }

    private func follow() async throws {
        var hasBase = false
        var lookedAt: ContinuousClock.Instant?
        for await _ in wakes {
            do {
                if !hasBase {
                    await relay.enqueue(try await registry.installBase(steps.base))
                    hasBase = true
                }
                try await startIfDue(&lookedAt)
                if let row = try await store.take(lease: limits.lease) { try await work(on: row) }
            } catch {
                try Task.checkCancellation()
                logger.warning("trainings have to wait", metadata: ["reason": "\(error)"])
                try await Task.sleep(for: limits.poll)
            }
        }
    }

    /// Looks at the feedback itself at most once in `limits.signsInterval`: the other rules only count.
    private func startIfDue(_ lookedAt: inout ContinuousClock.Instant?) async throws {
        let facts = try await store.facts()
        var signs: TriggerSigns?
        if policy.wantsSigns(on: facts, now: .now),
            lookedAt.map({ $0.duration(to: .now) >= limits.signsInterval }) ?? true
        {
            lookedAt = .now
            signs = try await store.signs()
        }
        guard case .start = policy.decide(on: facts, signs: signs, now: .now) else {
            explainWaiting(facts, signs)
            return
        }
        waiting.end()
        let start = try await store.start { [signs] in policy.decide(on: $0, signs: signs, now: .now) }
        guard case .started(let row, let message) = start else { return }
        await relay.enqueue([message])
        report(row, "training queued")
    }

    /// Says why a training that a rule asks for doesn't start, at first and every ten minutes.
    private func explainWaiting(_ facts: TriggerFacts, _ signs: TriggerSigns?) {
        guard let reason = policy.heldBack(on: facts, signs: signs, now: .now) else { return }
        if waiting.isDue() { logger.notice("a training waits for its cooldown", metadata: ["reason": "\(reason)"]) }
    }

    /// Works on the training with a heartbeat beside it; whichever ends first ends the other.
    private func work(on row: TrainingRow) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await keepLease(of: row) }
                group.addTask { try await advance(row) }
                try await group.next()
                group.cancelAll()
            }
        } catch is LeaseLost {
            logger.warning("another replica has this training now", metadata: ["training_id": "\(row.id)"])
        } catch {
            if Task.isCancelled { await release(row) }
            throw error
        }
    }

    /// - Throws: `LeaseLost` when the lease is somebody else's, or ran out while the database was away.
    private func keepLease(of row: TrainingRow) async throws {
        var until = ContinuousClock.now + limits.lease
        while true {
            try await Task.sleep(for: limits.heartbeat)
            let asked = ContinuousClock.now
            do {
                try await store.renew(row, lease: limits.lease)
                until = asked + limits.lease
            } catch let error as DatabaseError {
                logger.warning("the lease could not be renewed", metadata: ["reason": "\(error.reason)"])
                if ContinuousClock.now + limits.heartbeat >= until { throw LeaseLost() }
            }
        }
    }

    private func advance(_ row: TrainingRow) async throws {
        var row = row
        if case .move(let state, let reason)? = TrainingFlow.resume(row.state, attempts: row.attempts) {
            row = try await move(row, row, to: state, reason)
        }
        while !row.state.isFinal && !row.state.isRollout { row = try await settle(row, try await attempt(row)) }
        await steps.tidy(after: row)
    }

    private func settle(_ row: TrainingRow, _ result: TrainingSteps.Result) async throws -> TrainingRow {
        switch TrainingFlow.next(after: row.state, attempts: row.attempts, outcome: result.outcome) {
        case .again(let attempts, let reason): return try await note(reason, row, attempts)
        case .move(let state, let reason):
            do {
                return try await move(row, result.row, to: state, reason, result.effect)
            } catch  where Self.blames(error) && result.effect != nil {
                return try await settle(row, TrainingSteps.Result(row: row, outcome: .fault(reason: "\(error)")))
            }
        }
    }

    /// Whether an error is about this training, not about a database that is away or another owner.
    private static func blames(_ error: any Error) -> Bool {
        switch error {
        case let error as DatabaseError: !error.isConnectivity && !error.isRetriable
        case is LeaseLost, is CancellationError: false
        default: true
        }
    }

    /// The state's work. What went wrong is an outcome, but for cancellation and a database that is away: those blame
    /// nobody.
    private func attempt(_ row: TrainingRow) async throws -> TrainingSteps.Result {
        do {
            return try await steps.perform(row)
        } catch {
            try Task.checkCancellation()
            guard Self.blames(error) else { throw error }
            let isFinal = (error as? TrainingFault)?.isFinal ?? false
            return TrainingSteps.Result(
                row: row, outcome: isFinal ? .rejected(reason: "\(error)") : .fault(reason: "\(error)"))
        }
    }

    private func note(_ reason: String, _ row: TrainingRow, _ attempts: Int) async throws -> TrainingRow {
        let noted = try await store.note(row, attempts: attempts)
        report(noted, "a step of a training failed and is tried again", level: .warning, reason: reason)
        try await Task.sleep(for: limits.pause)
        return noted
    }

    private func move(
        _ row: TrainingRow, _ found: TrainingRow, to state: TrainingState, _ reason: String,
        _ effect: (@Sendable (DatabaseTransaction) async throws -> [OutboxMessage])? = nil
    ) async throws -> TrainingRow {
        let (moved, messages) = try await store.move(row, to: found.moved(to: state, reason: reason)) {
            try await effect?($0) ?? []
        }
        await relay.enqueue(messages)
        report(moved, "training changed", level: state == .failed ? .error : .notice)
        return moved
    }

    private func report(
        _ row: TrainingRow, _ message: Logger.Message, level: Logger.Level = .notice, reason: String? = nil
    ) {
        if reason == nil {
            Counter(label: "triageloop_trainings_total", dimensions: [("state", row.state.rawValue)]).increment()
        }
        var more: Logger.Metadata = [
            "training_id": "\(row.id)", "state": "\(row.state)", "reason": "\(reason ?? row.reason)",
            "examples": "\(row.examples)",
        ]
        if let version = row.candidateVersion { more["model_version"] = "\(version)" }
        if row.state == .failed { more["error_code"] = "\(ErrorCode.trainingFailed.rawValue)" }
        logger.event(level, message, story: row.story, more: more)
    }

    private func release(_ row: TrainingRow) async {
        // Unstructured, because the cancelled task could send nothing any more.
        let failure = await Task { () -> (any Error)? in
            do {
                try await store.release(row)
                return nil
            } catch {
                return error
            }
        }.value
        if let failure {
            logger.warning("a training could not be handed over", metadata: ["reason": "\(failure)"])
        }
    }
}
