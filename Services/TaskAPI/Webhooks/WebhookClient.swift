import CurlHTTP
package import Logging

/// Posts events to endpoints of strangers. Knows neither the database nor the broker (ADR 17).
package struct WebhookClient: Sendable {
    /// How endpoints are called.
    package struct Limits: Sendable {
        /// For one whole attempt.
        package var timeout: Duration
        /// Of an answer's body, for the log.
        package var excerptBytes: Int

        package init(timeout: Duration, excerptBytes: Int) {
            self.timeout = timeout
            self.excerptBytes = excerptBytes
        }
    }

    /// What came of one attempt.
    package struct Outcome: Sendable, Equatable {
        /// Of the answer; nil where there was none.
        package var status: Int?
        package var retryAfter: Duration?
        /// What went wrong, in words for the log; nil where an answer came.
        package var error: String?
        /// How the answer begins, as plain text.
        package var excerpt: String?
        package var duration: Duration

        /// An attempt that ended before anything was sent.
        package static func notSent(_ error: String) -> Outcome { Outcome(error: error, duration: .zero) }
    }

    private let http: HTTPClient
    private let limits: Limits

    /// - Parameter isAllowed: whether a connection may be made to an address of 4 or 16 bytes. Asked with each
    ///   connection for the address that it really goes to, whatever the URL says and its name led to before.
    package init(limits: Limits, logger: Logger, isAllowed: @escaping @Sendable ([UInt8]) -> Bool) {
        self.limits = limits
        var configuration = HTTPClientConfiguration()
        configuration.connectTimeout = min(.seconds(10), limits.timeout)
        configuration.maximumHeaderBytes = 64 << 10
        configuration.streamBufferBytes = 16 << 10
        configuration.maximumStreamBytes = 1 << 20
        configuration.maximumConnectionsPerHost = 64
        configuration.followRedirects = false
        configuration.userAgent = "triageloop-webhooks"
        // An attempt that may have arrived is one: the schedule makes the next.
        configuration.resendsOnLostConnection = false
        http = HTTPClient(configuration: configuration, addressFilter: isAllowed, logger: logger)
    }

    /// Makes one attempt; never throws.
    /// - Parameter now: seconds since 1970, for an endpoint's `Retry-After`.
    package func post(_ body: [UInt8], to url: String, headers: [(name: String, value: String)], now: Int) async
        -> Outcome
    {
        let start = ContinuousClock.now
        let request = HTTPRequest(
            method: "POST", url: url,
            headers: headers.map { HTTPHeader($0.name, $0.value) }
                + [HTTPHeader("Content-Type", "application/cloudevents+json")], body: body)
        do {
            let stream = try await http.stream(request, deadline: limits.timeout)
            let excerpt = await excerpt(of: stream.body)
            return Outcome(
                status: stream.status,
                retryAfter: stream.header("Retry-After").flatMap { RetryAfter.duration($0, now: now) },
                error: nil, excerpt: excerpt, duration: ContinuousClock.now - start)
        } catch {
            return Outcome(
                status: nil, error: "\(error.code.rawValue): \(error.reason)", duration: ContinuousClock.now - start)
        }
    }

    /// The status has come already: what the body does changes nothing.
    private func excerpt(of body: HTTPBody) async -> String? {
        var bytes: [UInt8] = []
        var chunks = body.makeAsyncIterator()
        do {
            while bytes.count < limits.excerptBytes, let chunk = try await chunks.next() { bytes += chunk }
            body.release(within: .seconds(1))
        } catch {
            // What has come is what there is to show.
        }
        let text = String(decoding: bytes.prefix(limits.excerptBytes), as: UTF8.self)
        let plain = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        return plain.isEmpty ? nil : plain
    }
}
