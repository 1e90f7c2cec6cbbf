import AccessTokens
import Contracts
import CurlHTTP
import Glibc

/// What all providers do with a request besides its body: address, headers, key, and the judgement of other statuses.
struct ProviderCall: Sendable {
    let client: HTTPClient
    let token: any TokenSource

    /// A request, the token that is in it, and what of both must not come back.
    struct Message: Sendable {
        let message: HTTPRequest
        let token: String?
        let secrets: SentSecrets
    }

    /// A POST of JSON with the request's trace and correlation id.
    func message(
        _ url: String, body: [UInt8], for request: ProviderRequest, accept: String, within deadline: Deadline
    ) async throws(ProviderError) -> Message {
        var headers = [
            HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept", accept),
            HTTPHeader("traceparent", request.story.trace.traceparent),
            HTTPHeader("X-Correlation-ID", BoundedText.line(request.story.correlationID, characters: 200)),
        ]
        let token = try await bearer(within: deadline)
        if let token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        return Message(
            message: HTTPRequest(method: "POST", url: url, headers: headers, body: body), token: token,
            secrets: SentSecrets(request, token: token))
    }

    private func bearer(within deadline: Deadline) async throws(ProviderError) -> String? {
        try deadline.check()
        do throws(AccessTokenError) {
            return try await token.token(within: deadline.left)
        } catch {
            throw ProviderError(error)
        }
    }

    /// The body of an answer with status 200, as one JSON value.
    func json(
        _ message: Message, within deadline: Deadline
    ) async throws(ProviderError) -> JSONValue {
        let response = try await client.answer(to: message.message, within: deadline)
        guard response.status == 200 else {
            throw refusal(
                status: response.status, retryAfter: response.header("retry-after"), body: response.body,
                hiding: message.secrets)
        }
        guard let value = StrictJSON.value(response.body) else {
            throw ProviderError(
                .badAnswer, reason: "the answer is not JSON", httpStatus: 200, mayHaveSpentTokens: true)
        }
        return value
    }

    func refusal(status: Int, retryAfter: String?, body: [UInt8], hiding secrets: SentSecrets) -> ProviderError {
        .refusal(
            status: status, retryAfter: retryAfter, fault: ServerFault(body: body), secrets: secrets, now: time(nil))
    }
}
