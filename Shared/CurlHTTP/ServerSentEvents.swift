/// The events of a `text/event-stream` body, as they arrive.
package struct ServerSentEvents: AsyncSequence, Sendable {
    package typealias Element = ServerSentEvent
    package typealias Failure = HTTPClientError

    private let body: HTTPBody
    private let maximumEventBytes: Int

    /// - Parameter maximumEventBytes: a larger event ends the sequence with `responseTooLarge`.
    package init(_ body: HTTPBody, maximumEventBytes: Int = 1 << 20) {
        self.body = body
        self.maximumEventBytes = maximumEventBytes
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(body: body.makeAsyncIterator(), parser: ServerSentEventParser(maximumEventBytes: maximumEventBytes))
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var body: HTTPBody.Iterator
        fileprivate var parser: ServerSentEventParser
        private var events: ArraySlice<ServerSentEvent> = []

        fileprivate init(body: HTTPBody.Iterator, parser: ServerSentEventParser) {
            self.body = body
            self.parser = parser
        }

        /// The next event; nil when the server ended the stream.
        package mutating func next() async throws(HTTPClientError) -> ServerSentEvent? {
            while true {
                if let event = events.popFirst() { return event }
                guard let chunk = try await body.next() else { return nil }
                events = try parser.consume(chunk)[...]
            }
        }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPClientError) -> ServerSentEvent? {
            try await next()
        }
    }
}
