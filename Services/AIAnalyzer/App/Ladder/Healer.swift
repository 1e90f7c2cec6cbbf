import AIAnalyzerCore
import Contracts
import Logging
import Messaging
import Observability
import Postgres
import Resilience
import Rollout

/// Makes degraded analyses again once their provider is well, at a bounded rate.
///
/// It only asks where the circuit breaker would let a call through; with no other work it is the one that probes. What
/// people have set is not the analysis's: task-api keeps it apart, and a later analysis changes none of it.
struct Healer: Sendable {
    private static let backoff = Backoff(initial: .seconds(5), maximum: .seconds(600))
    /// How long a claimed repair is left to its replica, over the deadline of an analysis.
    private static let margin = Duration.seconds(30)
    /// A provider that answered somebody else in this last time is well: what it doesn't answer then is the task's fault.
    private static let wellFor = Duration.seconds(600)
    /// So often a task is asked about again whose answers can't be used: each costs money, and is mostly the same.
    private static let unusableAnswers = 3

    let ladder: ProviderLadder
    let holder: ModelHolder
    let labels: LabelSets
    let repairs: RepairStore
    let relay: Relay
    let logger: Logger

    /// Until it is cancelled.
    func run() async throws {
        let settings = ladder.settings.healing
        var bucket = TokenBucket(
            perSecond: settings.perSecond, burst: max(1, Int((settings.perSecond * (settings.interval / .seconds(1)))))
        )
        while true {
            try await Task.sleep(for: settings.interval)
            do {
                try await heal(from: &bucket)
            } catch let error as DatabaseError {
                logger.warning("degraded analyses can't be looked for", metadata: ["reason": "\(error.reason)"])
            }
        }
    }

    private func heal(from bucket: inout TokenBucket) async throws {
        let view = ladder.directory.view
        let well = view.slots.values.filter { !$0.isRejecting }
        let allowed = bucket.available(at: .now)
        if well.isEmpty || allowed == 0 { return }
        ProviderMetrics.repair("overtaken", count: try await repairs.dropOvertaken())
        // Of one that isn't known to be well, one try is enough to find out.
        let closed = well.filter { $0.snapshot.state == .closed }
        let (slots, limit) = closed.isEmpty ? (well, 1) : (closed, allowed)
        let claimed = try await repairs.claim(
            limit, providers: slots.map(\.name), lease: ladder.settings.deadline + Self.margin)
        if claimed.isEmpty { return }
        _ = bucket.take(claimed.count, at: .now)
        try await withThrowingDiscardingTaskGroup { group in
            for repair in claimed { group.addTask { try await heal(repair) } }
        }
    }

    private func heal(_ repair: RepairStore.Repair) async throws {
        let start = ContinuousClock.now
        guard let route = try await ladder.routes(of: [repair.task]).first else { return }
        ladder.trace(route, repair.task, repair.story)
        if route.rungs.isEmpty {
            // The routing table sends it elsewhere by now.
            return try await giveUp(repair, because: "it is routed to the embedded model")
        }
        let choices = ProviderAnalysis.choices(
            holder.serving.model, labels.mapping(of: repair.task.tenant))
        let result = try await ladder.climb(repair.task, repair.story, route, choices: choices, from: start)
        switch result {
        case .answered(let answer, let identity, nil):
            var analysis = ProviderAnalysis.analysis(
                over: repair.analysis, answer, by: identity, instead: nil, choices: choices,
                microseconds: Int(start.duration(to: .now) / .microseconds(1)))
            analysis.category = analysis.category.flatMap { labels.mapping(of: repair.task.tenant).served($0) }
            analysis.analysisID = Identifier()
            analysis.analysedAt = .now
            analysis.variant = route.decision.variant
            try await finish(repair, analysis)
        case .answered(_, _, let why?), .locally(let why?):
            let counts = isOfTask(why, route)
            let isUnusable = why.misses.first?.cause.isUnusableAnswer ?? false
            let attempts = min(ladder.settings.healing.attempts, isUnusable ? Self.unusableAnswers : .max)
            if !why.isRepairable || (counts && repair.attempt >= attempts) {
                return try await giveUp(repair, because: why.reason)
            }
            ProviderMetrics.repair("failed")
            let pause =
                counts
                ? Self.backoff.delay(attempt: repair.attempt - 1)
                : ladder.settings.healing.interval * Double.random(in: 2...10)
            try await repairs.postpone(repair, for: pause + .seconds(1), counting: counts)
        case .locally(nil): try await giveUp(repair, because: "no provider is routed to")
        }
    }

    /// Whether a repair that failed counts: not while the provider answers nobody, for an outage may be long.
    private func isOfTask(_ why: Degradation, _ route: ProviderLadder.Route) -> Bool {
        guard let cause = why.misses.first?.cause, case .failed = cause else { return false }
        guard !cause.isUnusableAnswer else { return true }
        guard let wanted = route.rungs.first else { return false }
        return route.view.slots[wanted]?.answered(within: Self.wellFor) ?? false
    }

    private func finish(_ repair: RepairStore.Repair, _ analysis: Analysis) async throws {
        let new = try NewAnalysis(
            task: repair.task, analysis: analysis, embedding: nil, causedBy: repair.story)
        guard try await repairs.finish(repair, with: new) else { return ProviderMetrics.repair("overtaken") }
        await relay.enqueue([new.outbox])
        ProviderMetrics.repair("repaired")
        TaskHandler.report([new], logger: logger)
    }

    private func giveUp(_ repair: RepairStore.Repair, because reason: String) async throws {
        try await repairs.giveUp(repair)
        ProviderMetrics.repair("given_up")
        logger.event(
            .notice, "a degraded analysis stays as it is", story: repair.story, taskID: repair.task.taskID,
            more: ["reason": "\(reason)", "attempts": "\(repair.attempt)"])
    }
}
