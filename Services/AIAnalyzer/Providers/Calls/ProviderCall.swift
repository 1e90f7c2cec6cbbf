import Contracts
import CurlHTTP
import Glibc

/// What all providers do with a request besides its body: address, headers, key, and the judgement of other statuses.
struct ProviderCall: Sendable {
    let client: HTTPClient
    let token: any TokenSource

    /// A request and the token that is in it.
    struct Message: Sendable {
        let message: HTTPRequest
        let token: String?
    }

    /// A POST of JSON with the story's trace and correlation id.
    func message(
        _ url: String, body: [UInt8], story: Story, accept: String, within deadline: Deadline
    ) async throws(ProviderError) -> Message {
        var headers = [
            HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept", accept),
            HTTPHeader("traceparent", story.trace.traceparent),
            HTTPHeader("X-Correlation-ID", BoundedText.line(story.correlationID, characters: 200)),
        ]
        let token = try await token.token(within: deadline)
        if let token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        return Message(message: HTTPRequest(method: "POST", url: url, headers: headers, body: body), token: token)
    }

    /// The body of an answer with status 200, as one JSON value.
    /// - Parameter secrets: what must not show in an error's reason.
    func json(
        _ request: HTTPRequest, hiding secrets: [String], within deadline: Deadline
    ) async throws(ProviderError) -> JSONValue {
        let response = try await execute(request, within: deadline)
        guard response.status == 200 else {
            throw refusal(
                status: response.status, retryAfter: response.header("retry-after"), body: response.body,
                hiding: secrets)
        }
        guard let value = StrictJSON.value(response.body) else {
            throw ProviderError(
                .badAnswer, reason: "the answer is not JSON", httpStatus: 200, mayHaveSpentTokens: true)
        }
        return value
    }

    func execute(_ request: HTTPRequest, within deadline: Deadline) async throws(ProviderError) -> HTTPResponse {
        try deadline.check()
        return try await mappingFaults { () throws(HTTPClientError) in
            try await client.execute(request, deadline: deadline.left)
        }
    }

    func refusal(status: Int, retryAfter: String?, body: [UInt8], hiding secrets: [String]) -> ProviderError {
        .refusal(
            status: status, retryAfter: retryAfter, fault: ServerFault(body: body), secrets: secrets, now: time(nil))
    }
}

/// Where the bearer token of a call comes from.
protocol TokenSource: Sendable {
    /// The token for the next call; nil when calls carry none.
    func token(within deadline: Deadline) async throws(ProviderError) -> String?

    /// The server refused this token: a cached one is not to be used again.
    func discard(_ token: String) async
}

/// No token, or one from a file.
struct FileToken: TokenSource {
    private let file: SecretFile?

    init(path: String?) { file = path.map(SecretFile.init) }

    func token(within deadline: Deadline) async throws(ProviderError) -> String? { try file?.secret() }

    // A file's token is read again when the file changes, and not before.
    func discard(_ token: String) async {}
}
