package import Logging
import Metrics
import Observability
package import Resilience
import Synchronization
package import TriageModel

/// The vectors of tasks for a service that can do without: never an error, never longer than the client's deadline, and
/// nothing at all while a circuit breaker holds the server to be down.
package final class TaskVectors: Sendable {
    private let client: EmbeddingsClient
    private let breaker: Mutex<CircuitBreaker>
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let used = MetricCatalogue.embeddings.counter([("outcome", "used")])
    private let failed = MetricCatalogue.embeddings.counter([("outcome", "failed")])
    private let skipped = MetricCatalogue.embeddings.counter([("outcome", "skipped")])
    private let duration = MetricCatalogue.embeddingsDuration.timer()

    /// Opens after three failures in a row, or half of the last ten calls; asks again after 5 s, later each minute.
    package static let limits = CircuitBreakerLimits(
        failureRate: 0.5, slowCallRate: 1, slowCall: .seconds(60), minimumCalls: 3, windowCalls: 10,
        openFor: .seconds(5), openForMaximum: .seconds(60))

    package init(
        _ client: EmbeddingsClient, limits: CircuitBreakerLimits = TaskVectors.limits, logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.client = client
        self.logger = logger
        self.now = now
        breaker = Mutex(CircuitBreaker(limits, seed: UInt64.random(in: 0 ... .max)))
    }

    /// Name of the embedding model.
    package var model: String { client.model }

    /// Whether the server is asked at present.
    package var isAvailable: Bool {
        let now = now()
        return breaker.withLock { $0.rejection(at: now) == nil }
    }

    /// One for each task, in order; nil where words alone have to do.
    package func vectors(of tasks: [TaskText]) async -> [TextEmbedding?] {
        guard !tasks.isEmpty else { return [] }
        let start = now()
        guard case .permit(let permit) = breaker.withLock({ $0.request(at: start) }) else {
            skipped.increment(by: tasks.count)
            return tasks.map { _ in nil }
        }
        let answer = await client.embedAvailable(tasks.map(TaskEmbeddings.text))
        let vectors = answer.vectors.map { $0.flatMap { TextEmbedding($0, model: client.model) } }
        let end = now()
        let found = vectors.count { $0 != nil }
        used.increment(by: found)
        failed.increment(by: tasks.count - found)
        duration.recordNanoseconds(Int64((end - start) / .nanoseconds(1)))
        report(permit, answer.failures, end)
        return vectors
    }

    private func report(
        _ permit: CircuitBreaker.Permit, _ failures: [EmbeddingsError], _ end: ContinuousClock.Instant
    ) {
        let isCancelled = failures.contains { $0.code == .cancelled }
        let notBefore = failures.compactMap(\.retryAfter).max().map { end.advanced(by: $0) }
        let change = breaker.withLock {
            $0.report(
                permit, failures.isEmpty ? .success : (isCancelled ? .ignored : .failure), at: end, notBefore: notBefore
            )
        }
        let reason = failures.first.map { "\($0)" } ?? ""
        switch change?.to {
        case .open?:
            logger.warning("embeddings are unavailable, words alone answer", metadata: ["reason": "\(reason)"])
        case .closed?: logger.notice("embeddings are available again", metadata: ["model": "\(client.model)"])
        case .halfOpen?, nil:
            if !failures.isEmpty {
                logger.info("tasks without vectors, words alone answer", metadata: ["reason": "\(reason)"])
            }
        }
    }
}
