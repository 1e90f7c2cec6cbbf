import CurlHTTP

/// Sends a chat request and reads its answer, streamed or whole.
struct ChatTransport: Sendable {
    enum Outcome {
        case result(ChatResult)
        /// Another status than 200, with the beginning of the body.
        case refusal(status: Int, retryAfter: String?, body: [UInt8])
    }

    /// How long a stream may take to end after its last event, for the sake of its connection.
    private static let endLimit = Duration.seconds(2)

    let client: HTTPClient

    func whole(_ message: ProviderCall.Message, within deadline: Deadline) async throws(ProviderError) -> Outcome {
        try Self.outcome(of: try await client.answer(to: message.message, within: deadline))
    }

    func stream(
        _ message: ProviderCall.Message, within deadline: Deadline,
        onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> Outcome {
        try deadline.check()
        let stream = try await mappingFaults { () throws(HTTPClientError) in
            try await client.stream(message.message, deadline: deadline.left)
        }
        // A server that doesn't stream answers whole.
        let isStream = stream.header("content-type")?.lowercased().hasPrefix("text/event-stream") == true
        guard stream.status == 200, isStream else { return try Self.outcome(of: try await HTTPClient.collect(stream)) }
        return .result(try await Self.read(stream.body, hiding: message.secrets, onProgress: onProgress))
    }

    private static func read(
        _ body: HTTPBody, hiding secrets: SentSecrets, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> ChatResult {
        var events = ServerSentEvents(body).makeAsyncIterator()
        var chat = ChatStream(hiding: secrets)
        while !chat.isDone {
            let next = try await mappingFaults { () throws(HTTPClientError) in try await events.next() }
            guard let next else { break }
            if let text = try chat.consume(next) {
                onProgress(ProviderProgress(textDelta: text, characters: chat.characters))
            }
        }
        body.release(within: endLimit)
        return try chat.finish()
    }

    private static func outcome(of response: HTTPResponse) throws(ProviderError) -> Outcome {
        guard response.status == 200 else {
            return .refusal(
                status: response.status, retryAfter: response.header("retry-after"), body: response.body)
        }
        return .result(try result(response.body))
    }

    private static func result(_ body: [UInt8]) throws(ProviderError) -> ChatResult {
        guard let result = ChatResult.whole(body) else {
            throw ProviderError(
                .badAnswer, reason: "the answer is no chat completion", httpStatus: 200, mayHaveSpentTokens: true)
        }
        return result
    }
}
