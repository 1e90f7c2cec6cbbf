import Contracts
package import CurlHTTP
import Synchronization

/// Short-lived tokens of a metadata server: kept until shortly before their end, fetched by one call at a time.
///
/// The address is Google's
/// `http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token` or one like it.
package actor MetadataToken: TokenSource {
    /// How long before its end a token counts as over; Google's server gives a new one in the last five minutes.
    private static let margin = Duration.seconds(240)
    private static let callLimit = Duration.seconds(5)

    private struct Kept {
        let token: String
        let end: ContinuousClock.Instant
    }

    /// Somebody who waits for the token that is being fetched.
    private struct Waiter {
        let continuation: CheckedContinuation<Result<Kept, AccessTokenError>, Never>
        let timer: Task<Void, Never>
    }

    private let url: String
    private let client: HTTPClient
    private var kept: Kept?
    private var isFetching = false
    private var waiters: [Int: Waiter] = [:]
    private var lastWaiter = 0

    package init(url: String, client: HTTPClient) {
        self.url = url
        self.client = client
    }

    package func token(within limit: Duration) async throws(AccessTokenError) -> String? {
        if let kept, kept.end > .now { return kept.token }
        return try await waitForFetch(within: limit).get().token
    }

    package func discard(_ token: String) {
        if kept?.token == token { kept = nil }
    }

    private func waitForFetch(within limit: Duration) async -> Result<Kept, AccessTokenError> {
        if !isFetching {
            isFetching = true
            // Not a child of the caller, who may leave while others wait for the same token; bounded by `callLimit`.
            Task { await fetch() }
        }
        lastWaiter += 1
        let id = lastWaiter
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timer = Task {
                    // Cancelled when the token comes; then there is nobody to give up.
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    answer(id, .failure(AccessTokenError(.timeout, reason: "no token within the deadline")))
                }
                waiters[id] = Waiter(continuation: continuation, timer: timer)
            }
        } onCancel: {
            // Runs on the actor only after the waiter is in the list.
            Task { await answer(id, .failure(AccessTokenError(.cancelled, reason: "the task was cancelled"))) }
        }
    }

    private func answer(_ id: Int, _ result: Result<Kept, AccessTokenError>) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        waiter.timer.cancel()
        waiter.continuation.resume(returning: result)
    }

    private func fetch() async {
        let result: Result<Kept, AccessTokenError>
        do throws(AccessTokenError) {
            result = .success(try await fetched())
        } catch {
            result = .failure(error)
        }
        isFetching = false
        if case .success(let new) = result { kept = new }
        for id in waiters.keys.sorted() { answer(id, result) }
    }

    private func fetched() async throws(AccessTokenError) -> Kept {
        let start = ContinuousClock.now
        let request = HTTPRequest(url: url, headers: [HTTPHeader("Metadata-Flavor", "Google")])
        let client = client
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try await client.execute(request, deadline: Self.callLimit)
        } catch {
            throw AccessTokenError(error)
        }
        // What isn't JSON has no token.
        let value = try? ContractJSON.decode(JSONValue.self, from: response.body)
        guard response.status == 200, let token = value?["access_token"]?.stringValue, !token.isEmpty,
            token.utf8.count <= 16_384,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), case .number(let seconds)? = value?["expires_in"],
            (0...1e9).contains(seconds)
        else {
            throw AccessTokenError(
                .unauthorised, reason: "the metadata server gave no token", httpStatus: response.status)
        }
        // A token about to end is still good for the calls that wait for it.
        return Kept(token: token, end: start.advanced(by: max(.zero, .seconds(seconds) - Self.margin)))
    }
}
