import HTTPTypes
import Hummingbird
import TaskAPIContract
import TaskAPICore

/// A refusal together with where its caller stands.
struct Limited: Error {
    let error: any Error
    fileprivate let policy: String
    fileprivate let standings: [RateStanding]

    /// Writes the headers of the quotas.
    func standing(in response: inout Response) {
        response.headers.tell(policy, standings)
        if let refusal = error as? RateLimiter.Refusal {
            response.headers[.retryAfter] = "\(max(refusal.retryIn.wholeSeconds, 1))"
        }
    }
}

extension RateLimiter {
    /// Answers a call if its caller's quotas let it pass; those who aren't asked who they are always may.
    func within<Body, Value>(
        _ call: Call<Body, Value>, _ answer: () async throws -> Response
    ) async throws -> Response {
        guard let policy, call.endpoint.role != .anyone else { return try await answer() }
        let standings: [RateStanding]
        do {
            standings = try await admit(call.caller, credential: call.identity.credential)
        } catch {
            throw Limited(error: error, policy: policy, standings: error.standings)
        }
        do {
            var response = try await answer()
            response.headers.tell(policy, standings)
            return response
        } catch {
            throw Limited(error: error, policy: policy, standings: standings)
        }
    }
}

extension HTTPFields {
    fileprivate mutating func tell(_ policy: String, _ standings: [RateStanding]) {
        self[.rateLimitPolicy] = policy
        self[.rateLimit] = standings.map(\.item).joined(separator: ", ")
    }
}

extension HTTPField.Name {
    static let rateLimit = fieldName("RateLimit")
    static let rateLimitPolicy = fieldName("RateLimit-Policy")
}
