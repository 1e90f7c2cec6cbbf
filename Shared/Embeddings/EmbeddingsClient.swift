import CurlHTTP
package import Logging
import Resilience
import Synchronization
import TriageModel

import struct FoundationEssentials.Date

// Vectors from an OpenAI-compatible server: batches, bounds, repetitions. What they are for is TriageModel's.

/// Asks an OpenAI-compatible `/v1/embeddings` endpoint for the vectors of texts.
///
/// A call ends within the configured deadline, with all vectors or with an `EmbeddingsError`. Failures that may pass are
/// repeated with backoff and jitter. The first answer's number of dimensions binds all later ones: a server that changed
/// its model under the same name is noticed. Cancelling the task ends the requests.
package final class EmbeddingsClient: TextEmbedder {
    private let configuration: EmbeddingsConfiguration
    private let http: HTTPClient
    private let logger: Logger
    /// Dimensions of the vectors so far.
    private let seen = Mutex<Int?>(nil)

    package var model: String { configuration.model }

    /// - Throws: `configuration` with everything that is wrong with it.
    package init(_ configuration: EmbeddingsConfiguration, logger: Logger) throws(EmbeddingsError) {
        let faults = configuration.faults
        guard faults.isEmpty else {
            throw EmbeddingsError(
                code: .configuration, isRetriable: false, reason: faults.joined(separator: "; "))
        }
        var transport = HTTPClientConfiguration()
        transport.maximumResponseBytes = configuration.maximumResponseBytes
        transport.caFile = configuration.caFile
        transport.proxy = .environment
        self.configuration = configuration
        http = HTTPClient(configuration: transport, logger: logger)
        self.logger = logger
        seen.withLock { $0 = configuration.dimensions }
    }

    /// The vectors of the texts, in order; the first failure ends all.
    package func embed(_ texts: [String]) async throws -> [[Float]] {
        let batches = await batches(texts, endsWithFailure: true)
        let failures = batches.compactMap(\.failure)
        if let failure = failures.first(where: { $0.code != .cancelled }) ?? failures.first { throw failure }
        return batches.flatMap { $0.vectors ?? [] }
    }

    /// The vectors that come within the deadline, nil for the texts of batches that fail, and why those did.
    package func embedAvailable(_ texts: [String]) async -> (vectors: [[Float]?], failures: [EmbeddingsError]) {
        let batches = await batches(texts, endsWithFailure: false)
        let vectors = batches.flatMap { batch in
            (0..<batch.texts.count).map { place in batch.vectors.map { $0[place] } }
        }
        return (vectors, batches.compactMap(\.failure))
    }

    /// Texts of one request and what became of them; neither vectors nor a failure if they weren't sent any more.
    private struct Batch: Sendable {
        let texts: [String]
        var vectors: [[Float]]?
        var failure: EmbeddingsError?
    }

    private func batches(_ texts: [String], endsWithFailure: Bool) async -> [Batch] {
        let budget = DeadlineBudget(
            total: configuration.deadline, from: ContinuousClock.now, minimumAttempt: .milliseconds(10))
        let size = configuration.batchSize
        var batches = stride(from: 0, to: texts.count, by: size).map {
            Batch(texts: Array(texts[$0..<min($0 + size, texts.count)]))
        }
        await withTaskGroup(of: (Int, Result<[[Float]], EmbeddingsError>).self) { group in
            var next = 0
            func start() {
                guard next < batches.count else { return }
                let (number, texts) = (next, batches[next].texts)
                next += 1
                group.addTask { (number, await self.result(texts, budget)) }
            }
            for _ in 0..<configuration.maximumConcurrentRequests { start() }
            while let (number, result) = await group.next() {
                switch result {
                case .success(let vectors): batches[number].vectors = vectors
                case .failure(let error):
                    batches[number].failure = error
                    if endsWithFailure {
                        next = batches.count
                        group.cancelAll()
                    }
                }
                start()
            }
        }
        return batches
    }

    private func result(_ texts: [String], _ budget: DeadlineBudget) async -> Result<[[Float]], EmbeddingsError> {
        do throws(EmbeddingsError) {
            return .success(try await vectors(texts, budget))
        } catch {
            return .failure(error)
        }
    }

    /// The vectors of one batch, with as many attempts as the configuration and the deadline allow.
    private func vectors(_ texts: [String], _ budget: DeadlineBudget) async throws(EmbeddingsError) -> [[Float]] {
        let body = try EmbeddingsMessages.request(texts, configuration)
        var random = SystemRandomNumberGenerator()
        var number = 1
        while true {
            let failure: EmbeddingsError
            do throws(EmbeddingsError) {
                return try await attempt(body, count: texts.count, budget)
            } catch {
                failure = error
            }
            let decision = configuration.retry.decision(
                after: AttemptFailure(
                    attempt: number, isRetriable: failure.isRetriable, retryAfter: failure.retryAfter),
                within: budget, at: ContinuousClock.now, using: &random)
            guard case .retry(let wait) = decision else { throw failure }
            logger.info(
                "embeddings request is repeated",
                metadata: ["reason": "\(failure)", "attempt": "\(number)", "wait": "\(wait)"])
            do {
                try await Task.sleep(for: wait)
            } catch {
                throw EmbeddingsError(code: .cancelled, isRetriable: false, reason: "the task was cancelled")
            }
            number += 1
        }
    }

    private func attempt(
        _ body: [UInt8], count: Int, _ budget: DeadlineBudget
    ) async throws(EmbeddingsError) -> [[Float]] {
        guard let time = budget.attemptTimeout(isLast: true, at: ContinuousClock.now) else {
            throw EmbeddingsError(
                code: .deadline, isRetriable: false, reason: "no answer within \(configuration.deadline)")
        }
        var headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept", "application/json")]
        if let key = configuration.apiKey { headers.append(HTTPHeader("Authorization", "Bearer \(key)")) }
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try await http.execute(
                HTTPRequest(method: "POST", url: configuration.url, headers: headers, body: body),
                deadline: min(time, configuration.requestTimeout))
        } catch {
            throw EmbeddingsError(
                code: error.code == .cancelled ? .cancelled : .transport, isRetriable: error.isRetriable,
                // libcurl's own words may have the address in them, which may have a secret.
                reason: error.code.rawValue)
        }
        guard response.status == 200 else {
            throw EmbeddingsMessages.refusal(
                status: response.status, body: response.body, retryAfter: response.header("retry-after"),
                unixTime: Int64(Date().timeIntervalSince1970))
        }
        let vectors = try EmbeddingsMessages.vectors(
            response.body, count: count, dimensions: seen.withLock { $0 })
        try agree(vectors.first?.count ?? 0)
        return vectors
    }

    /// Binds later answers to the dimensions of this one; another may have come first meanwhile.
    private func agree(_ dimensions: Int) throws(EmbeddingsError) {
        let bound = seen.withLock { seen in
            if seen == nil { seen = dimensions }
            return seen ?? dimensions
        }
        guard bound == dimensions else {
            throw EmbeddingsError(
                code: .dimensions, isRetriable: false, reason: "a vector has \(dimensions) numbers, not \(bound)")
        }
    }
}
