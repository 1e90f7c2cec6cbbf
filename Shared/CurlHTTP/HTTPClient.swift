package import Logging
import Synchronization

/// An HTTP client on libcurl's multi interface: one thread and one connection cache for any number of requests.
///
/// It is only the transport: an answer of any status is an answer; retries, circuit breakers and budgets belong to
/// Shared/Resilience. Cancelling the calling task ends the transfer at once. Only `http` and `https` URLs.
package final class HTTPClient: Sendable {
    private let loop: CurlLoop
    private let logger: Logger

    /// - Parameter addressFilter: whether a connection may be made to an address of 4 or 16 bytes; asked for each address
    ///   that is to be connected to, after the look-up of its name, so that no name can lead elsewhere in between.
    package init(
        configuration: HTTPClientConfiguration = .init(), addressFilter: (@Sendable ([UInt8]) -> Bool)? = nil,
        logger: Logger
    ) {
        loop = CurlLoop(configuration: configuration, addressFilter: addressFilter)
        self.logger = logger
    }

    deinit { loop.submit(.close) }

    /// Sends the request and waits for the whole answer.
    /// - Parameter deadline: for everything together, from now on.
    package func execute(
        _ request: HTTPRequest, deadline: Duration
    ) async throws(HTTPClientError) -> HTTPResponse {
        let start = ContinuousClock.now
        let result = await perform(request, deadline: deadline) { TransferSink.whole($0) }
        log(request, start: start, status: (try? result.get())?.status, error: result.failure)
        return try result.get()
    }

    /// Sends the request and answers as soon as the status and the header fields are there; the body follows.
    ///
    /// Dropping the stream, or cancelling the task that reads it, ends the transfer; so does the client's end.
    /// - Parameter deadline: for everything including the body; nil for a stream that goes on.
    package func stream(
        _ request: HTTPRequest, deadline: Duration? = nil
    ) async throws(HTTPClientError) -> HTTPStream {
        let start = ContinuousClock.now
        let result = await perform(request, deadline: deadline) { TransferSink.stream($0) }
        log(request, start: start, status: (try? result.get())?.status, error: result.failure)
        return try result.get()
    }

    /// Ends all transfers with `closed`; later requests fail the same way.
    package func close() { loop.submit(.close) }

    private func perform<Answer: Sendable>(
        _ request: HTTPRequest, deadline: Duration?,
        sink: @Sendable (CheckedContinuation<Result<Answer, HTTPClientError>, Never>) -> TransferSink
    ) async -> Result<Answer, HTTPClientError> {
        let ticket = TransferTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(.start(ticket, request, deadline, sink(continuation)))
            }
        } onCancel: {
            ticket.cancel()
            loop.submit(.cancel(ticket.id))
        }
    }

    /// No URL: its query may carry what a log must not.
    private func log(
        _ request: HTTPRequest, start: ContinuousClock.Instant, status: Int?, error: HTTPClientError?
    ) {
        logger.debug(
            "http request done",
            metadata: [
                "method": "\(request.method)", "status": status.map { "\($0)" } ?? "none",
                "error": error.map { "\($0.code.rawValue)" } ?? "none",
                "duration": "\(ContinuousClock.now - start)",
            ])
    }
}

extension Result {
    var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}

/// Names one transfer, and remembers a cancellation that came before the transfer was started.
final class TransferTicket: Sendable {
    private static let lastID = Atomic<UInt64>(0)

    let id = TransferTicket.lastID.add(1, ordering: .relaxed).newValue
    private let cancelled = Atomic(false)

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel() { cancelled.store(true, ordering: .releasing) }
}
