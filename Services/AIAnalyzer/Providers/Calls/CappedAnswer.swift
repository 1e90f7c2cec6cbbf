import CurlHTTP

extension HTTPClient {
    /// What is read of an error's body.
    private static let errorBytes = 64 << 10

    /// A whole answer. Of another status than 200 the beginning of the body is enough, so that a long one hides no status.
    func answer(to request: HTTPRequest, within deadline: Deadline) async throws(ProviderError) -> HTTPResponse {
        try deadline.check()
        let stream = try await mappingFaults { () throws(HTTPClientError) in
            try await self.stream(request, deadline: deadline.left)
        }
        return try await Self.collect(stream)
    }

    /// The body of an answer whose header is there.
    static func collect(_ stream: HTTPStream) async throws(ProviderError) -> HTTPResponse {
        let limit = stream.status == 200 ? Int.max : errorBytes
        var bytes: [UInt8] = []
        var chunks = stream.body.makeAsyncIterator()
        while bytes.count < limit {
            let chunk = try await mappingFaults { () throws(HTTPClientError) in try await chunks.next() }
            guard let chunk else { break }
            bytes.append(contentsOf: chunk)
        }
        return HTTPResponse(status: stream.status, headers: stream.headers, body: Array(bytes.prefix(limit)))
    }
}
