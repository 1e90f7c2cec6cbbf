import Contracts
import CurlHTTP
import Synchronization

/// Short-lived tokens of a metadata server: kept until shortly before their end, fetched by one call at a time.
///
/// The address is Google's
/// `http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token` or one like it.
actor MetadataToken: TokenSource {
    /// How long before its end a token counts as over; Google's server gives a new one in the last five minutes.
    private static let margin = Duration.seconds(240)
    private static let callLimit = Duration.seconds(5)

    private struct Kept {
        let token: String
        let end: ContinuousClock.Instant
    }

    private let url: String
    private let client: HTTPClient
    private var kept: Kept?
    private var fetching: Task<Result<Kept, ProviderError>, Never>?

    init(url: String, client: HTTPClient) {
        self.url = url
        self.client = client
    }

    func token(within deadline: Deadline) async throws(ProviderError) -> String? {
        try deadline.check()
        if let kept, kept.end > .now { return kept.token }
        let task = fetching ?? startFetching()
        // The task itself is bounded, and others may wait for it too: it isn't cancelled with one of them.
        let result = await task.value
        if Task.isCancelled { throw ProviderError(.cancelled, reason: "the task was cancelled") }
        try deadline.check()
        return try result.get().token
    }

    func discard(_ token: String) {
        if kept?.token == token { kept = nil }
    }

    /// Not a child of the caller, who may be cancelled while others wait for the same token.
    private func startFetching() -> Task<Result<Kept, ProviderError>, Never> {
        let task = Task { await fetch() }
        fetching = task
        return task
    }

    private func fetch() async -> Result<Kept, ProviderError> {
        let result: Result<Kept, ProviderError>
        do throws(ProviderError) {
            result = .success(try await fetched())
        } catch {
            result = .failure(error)
        }
        if case .success(let new) = result { kept = new }
        fetching = nil
        return result
    }

    private func fetched() async throws(ProviderError) -> Kept {
        let start = ContinuousClock.now
        let request = HTTPRequest(url: url, headers: [HTTPHeader("Metadata-Flavor", "Google")])
        let client = client
        let response = try await mappingFaults { () throws(HTTPClientError) in
            try await client.execute(request, deadline: Self.callLimit)
        }
        guard response.status == 200, let value = StrictJSON.value(response.body),
            let token = value["access_token"]?.stringValue, !token.isEmpty, token.utf8.count <= 16_384,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let seconds = value["expires_in"]?.countValue
        else {
            throw ProviderError(
                .unauthorised, reason: "the metadata server gave no token", httpStatus: response.status)
        }
        // A token about to end is still good for the calls that wait for it.
        return Kept(token: token, end: start.advanced(by: max(.zero, .seconds(seconds) - Self.margin)))
    }
}
