import Contracts
import Postgres

/// Requests with an `Idempotency-Key`: the second one gets the first one's answer.
struct OnceRequests: Sendable {
    let pool: DatabasePool
    /// How long answers are kept.
    let lifetime: Duration
    private let firstComers: FirstComers

    init(pool: DatabasePool, lifetime: Duration, waitingLimit: Int) {
        self.pool = pool
        self.lifetime = lifetime
        firstComers = FirstComers(limit: waitingLimit)
    }

    /// What came of a request.
    enum Outcome<Fresh> {
        case fresh(Fresh)
        case repeated(KeptAnswer)
    }

    /// Runs `work`, which claims `once` in its transaction, unless that was done before.
    /// - Throws: `Problem` when the key was used for another request; what `work` throws.
    func run<Fresh>(_ once: Once, _ work: () async throws -> Fresh) async throws -> Outcome<Fresh> {
        try await firstComers.run(once.name) {
            if let earlier = try await once.find(in: pool) { return .repeated(try Self.same(once, earlier)) }
            do {
                return .fresh(try await work())
            } catch let earlier as AnsweredBefore {
                // Another replica was faster.
                return .repeated(try Self.same(once, earlier.answer))
            }
        }
    }

    private static func same(_ once: Once, _ earlier: KeptAnswer) throws -> KeptAnswer {
        guard earlier.fingerprint == once.fingerprint else {
            throw Problem(
                .idempotencyKeyReused, detail: "The key came before with another path, query or body.")
        }
        // Refusals are not kept: this one took an answer's place when its task was erased.
        if earlier.status == ErrorCode.taskErased.httpStatus {
            throw try ContractJSON.decode(Problem.self, from: earlier.body)
        }
        return earlier
    }
}
