import AIAnalyzerCore
import AIAnalyzerProviders
import Contracts
import Logging
import Messaging
import Observability
import Postgres
import Rollout

/// Analyses of tasks whose route names a remote model: the climb down the ladder, then the store.
struct RemoteAnalyses: Sendable {
    let ladder: ProviderLadder
    let holder: ModelHolder
    let store: AnalysisStore
    let relay: Relay
    let logger: Logger
    /// One statement for all that end while the one before is under way: most of a batch when a breaker is open.
    private let storing: Coalescer<NewAnalysis, Bool>

    /// A task on its way to a remote model.
    struct Asking: Sendable {
        let draft: TaskHandler.Draft
        let route: ProviderLadder.Route
    }

    init(ladder: ProviderLadder, holder: ModelHolder, store: AnalysisStore, relay: Relay, logger: Logger) {
        self.ladder = ladder
        self.holder = holder
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
            draft.analysis.variant = route.decision.variant
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

    /// One analysis, from whichever rung, stored and told.
    func finish(_ asking: Asking, from start: ContinuousClock.Instant) async throws {
        let work = asking.draft.work
        let base = asking.draft.analysis
        let choices = ProviderAnalysis.choices(holder.serving.model)
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
        analysis.analysedAt = .now
        if let degradation { ProviderMetrics.degraded(degradation.code) }
        let repairBy = degradation?.isRepairable == true ? asking.route.rungs.first : nil
        _ = try await storing.submit(try NewAnalysis(analysis, of: asking.draft, repairBy: repairBy))
    }
}
