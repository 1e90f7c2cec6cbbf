import CurlHTTP

/// Sends a chat request and reads its answer, streamed or whole.
struct ChatTransport: Sendable {
    enum Outcome {
        case result(ChatResult)
        /// Another status than 200, with the beginning of the body.
        case refusal(status: Int, retryAfter: String?, body: [UInt8])
    }

    /// What is read of an error's body.
    private static let errorBytes = 64 << 10
    /// How long a stream may take to end after its last event, for the sake of its connection.
    private static let endLimit = Duration.seconds(2)

    let client: HTTPClient

    func whole(_ request: HTTPRequest, within deadline: Deadline) async throws(ProviderError) -> Outcome {
        try deadline.check()
        let response = try await mappingFaults { () throws(HTTPClientError) in
            try await client.execute(request, deadline: deadline.left)
        }
        guard response.status == 200 else {
            return .refusal(
                status: response.status, retryAfter: response.header("retry-after"),
                body: Array(response.body.prefix(Self.errorBytes)))
        }
        return .result(try Self.result(response.body))
    }

    func stream(
        _ request: HTTPRequest, within deadline: Deadline, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> Outcome {
        try deadline.check()
        let stream = try await mappingFaults { () throws(HTTPClientError) in
            try await client.stream(request, deadline: deadline.left)
        }
        guard stream.status == 200 else {
            let body = try await Self.collect(stream.body, atMost: Self.errorBytes)
            return .refusal(status: stream.status, retryAfter: stream.header("retry-after"), body: body)
        }
        // A server that doesn't stream answers whole.
        guard stream.header("content-type")?.lowercased().hasPrefix("text/event-stream") == true else {
            return .result(try Self.result(try await Self.collect(stream.body, atMost: .max)))
        }
        return .result(try await Self.read(stream.body, onProgress: onProgress))
    }

    private static func read(
        _ body: HTTPBody, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> ChatResult {
        var events = ServerSentEvents(body).makeAsyncIterator()
        var chat = ChatStream()
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

    /// The beginning of a body; its end, where it is longer, isn't waited for. The client bounds the whole.
    private static func collect(_ body: HTTPBody, atMost limit: Int) async throws(ProviderError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunks = body.makeAsyncIterator()
        while bytes.count < limit {
            let chunk = try await mappingFaults { () throws(HTTPClientError) in try await chunks.next() }
            guard let chunk else { break }
            bytes.append(contentsOf: chunk)
        }
        return Array(bytes.prefix(limit))
    }

    private static func result(_ body: [UInt8]) throws(ProviderError) -> ChatResult {
        guard let result = ChatResult.whole(body) else {
            throw ProviderError(
                .badAnswer, reason: "the answer is no chat completion", httpStatus: 200, mayHaveSpentTokens: true)
        }
        return result
    }
}
