import Contracts
import Logging
import Metrics
import Observability
import Postgres
import Resilience
import RetrainingTriggerMLflow
import Synchronization

/// Keeps MLflow's picture of the registry up to date, whenever MLflow is there. Nothing waits for it.
struct MirrorLoop: Sendable {
    /// How it went last.
    final class State: Sendable {
        private let fault = Mutex<String?>(nil)
        /// Nil when MLflow shows everything.
        var current: String? { fault.withLock { $0 } }
        func note(_ reason: String?) { fault.withLock { $0 = reason } }
    }

    private static let backoff = Backoff(initial: .seconds(2), maximum: .seconds(300))
    /// Aliases are looked at again after this time, should somebody there have moved them.
    private static let aliasCheck = Duration.seconds(60)

    let store: MirrorStore
    let mirror: MLflowMirror
    let configuration: MLflowConfiguration
    /// How often the registry is looked at.
    var poll: Duration = .seconds(2)
    let state = State()
    let logger: Logger

    /// For all of one version; a replica that is lost in the middle loses its claim a little later.
    private var showing: Duration { configuration.timeout * 3 }

    /// Until it is cancelled.
    func run() async throws {
        var pointed: (MirrorStore.Serving, ContinuousClock.Instant)?
        var failures = 0
        while true {
            do {
                let isAllShown = try await showAll()
                let serving = try await store.serving()
                if pointed.map({ $0.0 != serving || .now - $0.1 > Self.aliasCheck }) ?? true, serving.champion != nil {
                    try await mirror.point(champion: serving.champion, challenger: serving.challenger)
                    pointed = (serving, .now)
                }
                if isAllShown { state.note(nil) }
                failures = 0
            } catch {
                try Task.checkCancellation()
                state.note("\(error)")
                failures += 1
                logger.warning("MLflow doesn't show what the registry has", metadata: ["reason": "\(error)"])
            }
            try await Task.sleep(for: failures == 0 ? poll : max(poll, Self.backoff.limit(attempt: failures - 1)))
        }
    }

    /// - Returns: false when a version has to wait.
    private func showAll() async throws -> Bool {
        while let claim = try await store.claim(lease: showing + .seconds(5)) {
            let version = claim.version.version
            do {
                let place = try await within(showing) { try await mirror.show(claim.version) }
                try await store.finish(version, at: place)
                count("shown")
                logger.notice(
                    "MLflow shows a version",
                    metadata: ["model_version": "\(version)", "run": "\(place.runID)", "number": "\(place.number)"])
            } catch let error as MLflowError {
                try Task.checkCancellation()
                count(error.code.rawValue)
                try await store.postpone(
                    version, for: Self.backoff.delay(attempt: claim.attempt - 1) + .seconds(1), because: "\(error)")
                throw error
            }
        }
        try await showTrainings()
        return try await store.waiting().count == 0
    }

    /// Those that made no version.
    private func showTrainings() async throws {
        while let claim = try await store.claimTraining(lease: showing + .seconds(5)) {
            do {
                let run = try await within(showing) { try await mirror.show(claim.training) }
                try await store.finish(claim.training, as: run)
                count("training_shown")
            } catch let error as MLflowError {
                try Task.checkCancellation()
                count(error.code.rawValue)
                try await store.postpone(
                    claim.training, for: Self.backoff.delay(attempt: claim.attempt - 1) + .seconds(1),
                    because: "\(error)")
                throw error
            }
        }
    }

    private func count(_ outcome: String) {
        MetricCatalogue.mlflowVersions.counter([("outcome", outcome)]).increment()
    }

    private func within<Result: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw MLflowError(.transport, "it took longer than \(limit)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
