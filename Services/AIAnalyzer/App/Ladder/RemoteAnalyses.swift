import AIAnalyzerCore
import AIAnalyzerProviders
import Contracts
import Logging
import Messaging
import Observability
import Postgres
import Rollout
import Synchronization

/// Analyses of tasks whose route names a remote model: the climb down the ladder, then the store.
struct RemoteAnalyses: Sendable {
    let ladder: ProviderLadder
    let holder: ModelHolder
    let labels: LabelSets
    let store: AnalysisStore
    let relay: Relay
    let logger: Logger
    /// One statement for all that end while the one before is under way: most of a batch when a breaker is open.
    private let storing: Coalescer<NewAnalysis, Bool>
    /// Batches that wait for remote models.
    private let waiting: Places

    /// A task on its way to a remote model.
    struct Asking: Sendable {
        let draft: TaskHandler.Draft
        let route: ProviderLadder.Route
    }

    /// - Parameter waiting: most batches that wait for remote models at once.
    init(
        ladder: ProviderLadder, holder: ModelHolder, labels: LabelSets, store: AnalysisStore, relay: Relay,
        waiting: Int, logger: Logger
    ) {
        self.waiting = Places(waiting)
        self.ladder = ladder
        self.holder = holder
        self.labels = labels
        self.store = store
        self.relay = relay
        self.logger = logger
        storing = Coalescer(maximumBatch: 256, lanes: 2, pendingLimit: 100_000) { batch in
            let stored = try await store.store(batch)
            await relay.enqueue(stored.map(\.outbox))
            TaskHandler.report(stored, logger: logger)
            let ids = Set(stored.map(\.analysis.analysisID))
            return batch.map { ids.contains($0.analysis.analysisID) }
        }
    }

    /// Who is served by the embedded model, and who by a remote one; the latter without those that have their analysis
    /// already, for which nothing is paid again when their delivery comes twice.
    func split(
        _ drafts: [TaskHandler.Draft]
    ) async throws(DatabaseError) -> (local: [TaskHandler.Draft], asking: [Asking]) {
        let routes = try await ladder.routes(of: drafts.map(\.work.task))
        var local: [TaskHandler.Draft] = []
        var asking: [Asking] = []
        for (var draft, route) in zip(drafts, routes) {
            ladder.trace(route, draft.work.task, draft.work.story)
            // While a canary runs, who is served by the embedded model is told its version.
            if draft.analysis.variant == nil || !route.rungs.isEmpty {
                draft.analysis.variant = route.decision.variant
            }
            if route.rungs.isEmpty { local.append(draft) } else { asking.append(Asking(draft: draft, route: route)) }
        }
        if !asking.isEmpty {
            let known = try await store.known(asking.map(\.draft.work.task))
            asking.removeAll { one in
                let task = one.draft.work.task
                return known.contains(TaskHandler.Key(task: task.taskID, revision: task.revision))
            }
        }
        return (local, asking)
    }

    /// An analysis of each, from whichever rung, stored and told.
    ///
    /// Where as many batches wait already as may be, nobody is asked: whoever comes next needs the lane, and may not need
    /// a remote model at all.
    func finish(_ asking: [Asking], from start: ContinuousClock.Instant) async throws {
        guard waiting.take() else { return try await finishUnasked(asking, from: start) }
        defer { waiting.giveBack() }
        try await withThrowingDiscardingTaskGroup { group in
            for one in asking { group.addTask { try await finish(one, from: start) } }
        }
    }

    private func finishUnasked(_ asking: [Asking], from start: ContinuousClock.Instant) async throws {
        let microseconds = Int(start.duration(to: .now) / .microseconds(1))
        try await withThrowingDiscardingTaskGroup { group in
            for one in asking {
                guard let wanted = one.route.rungs.first else { continue }
                let why = Degradation(.init(provider: wanted, cause: .busy))
                ProviderMetrics.degraded(why.code)
                var analysis = ProviderAnalysis.degraded(one.draft.analysis, why, microseconds: microseconds)
                analysis.analysedAt = .now
                let new = try NewAnalysis(analysis, of: one.draft, repairBy: wanted)
                group.addTask { _ = try await storing.submit(new) }
            }
        }
    }

    /// One analysis, from whichever rung, stored and told.
    private func finish(_ asking: Asking, from start: ContinuousClock.Instant) async throws {
        let work = asking.draft.work
        let base = asking.draft.analysis
        let choices = ProviderAnalysis.choices(
            holder.serving.model, labels.mapping(of: work.task.tenant))
        let result = try await ladder.climb(work.task, work.story, asking.route, choices: choices, from: start)
        let microseconds = Int(start.duration(to: .now) / .microseconds(1))
        var analysis: Analysis
        let degradation: Degradation?
        switch result {
        case .answered(let answer, let identity, let instead):
            degradation = instead
            analysis = ProviderAnalysis.analysis(
                over: base, answer, by: identity, instead: instead, choices: choices, microseconds: microseconds)
        case .locally(let why):
            degradation = why
            analysis = why.map { ProviderAnalysis.degraded(base, $0, microseconds: microseconds) } ?? base
        }
        // The set may have changed while a remote model wrote.
        analysis.category = analysis.category.flatMap { labels.mapping(of: work.task.tenant).served($0) }
        analysis.analysedAt = .now
        if let degradation { ProviderMetrics.degraded(degradation.code) }
        let repairBy = degradation?.isRepairable == true ? asking.route.rungs.first : nil
        _ = try await storing.submit(try NewAnalysis(analysis, of: asking.draft, repairBy: repairBy))
    }
}

/// A bounded number of places.
private final class Places: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    /// False where none is free.
    func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() { free.withLock { $0 += 1 } }
}
