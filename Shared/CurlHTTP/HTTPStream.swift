import Synchronization

/// An answer whose body comes bit by bit.
package struct HTTPStream: Sendable {
    package let status: Int
    package let headers: [HTTPHeader]
    package let body: HTTPBody

    /// The first field of that name, compared without case.
    package func header(_ name: String) -> String? { headers.first(named: name) }
}

/// The chunks of a body as they arrive, for one reader.
///
/// A reader that falls behind makes the server wait, once `streamBufferBytes` are held for it. When the last copy of
/// the body and its iterator goes away, or the reading task is cancelled, the transfer ends.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPClientError

    private let reader: HTTPBodyReader

    init(_ buffer: HTTPBodyBuffer) { reader = HTTPBodyReader(buffer) }

    package func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    /// Wants no more of the body, but lets it end by itself, so that its connection can be used again; after the time
    /// given the transfer is ended.
    package func release(within limit: Duration) { reader.buffer.discard(within: limit) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: HTTPBodyReader

        /// The bytes that arrived since the last call; nil at the end of a complete body.
        package mutating func next() async throws(HTTPClientError) -> [UInt8]? {
            try await reader.buffer.next()
        }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPClientError) -> [UInt8]? {
            try await reader.buffer.next()
        }
    }
}

/// Ends the transfer when nobody can read it any more; the transfer itself only holds the buffer.
private final class HTTPBodyReader: Sendable {
    let buffer: HTTPBodyBuffer

    init(_ buffer: HTTPBodyBuffer) { self.buffer = buffer }

    deinit { buffer.abandon() }
}

/// Bytes between libcurl's thread and the reader.
final class HTTPBodyBuffer: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isPaused = false
        var isDiscarding = false
        var isOver = false
        var error: HTTPClientError?
        var waiting: CheckedContinuation<Void, Never>?

        mutating func takeWaiting() -> CheckedContinuation<Void, Never>? {
            defer { waiting = nil }
            return waiting
        }
    }

    private let state = Mutex(State())
    private let limit: Int
    private let id: UInt64
    private let loop: CurlLoop

    init(limit: Int, id: UInt64, loop: CurlLoop) {
        self.limit = limit
        self.id = id
        self.loop = loop
    }

    /// False when the buffer is full: libcurl offers the same bytes again after the resume.
    func offer(_ chunk: UnsafeRawBufferPointer) -> Bool {
        let (isTaken, waiting) = state.withLock { state in
            if state.isDiscarding { return (true, CheckedContinuation<Void, Never>?.none) }
            // An empty buffer takes a chunk of any size: it must not stand still.
            guard state.bytes.isEmpty || state.bytes.count + chunk.count <= limit else {
                state.isPaused = true
                return (false, CheckedContinuation<Void, Never>?.none)
            }
            state.bytes.append(contentsOf: chunk)
            return (true, state.takeWaiting())
        }
        waiting?.resume()
        return isTaken
    }

    /// The first end counts.
    func finish(_ error: HTTPClientError?) {
        let waiting = state.withLock { state in
            if !state.isOver {
                state.isOver = true
                state.error = error
            }
            return state.takeWaiting()
        }
        waiting?.resume()
    }

    func abandon() {
        if !state.withLock({ $0.isOver || $0.isDiscarding }) { loop.submit(.cancel(id)) }
    }

    func discard(within limit: Duration) {
        let (isOver, wasPaused) = state.withLock { state in
            defer {
                state.isDiscarding = true
                state.isPaused = false
                state.bytes = []
            }
            return (state.isOver, state.isPaused)
        }
        guard !isOver else { return }
        loop.submit(.shorten(id, limit))
        if wasPaused { loop.submit(.resume(id)) }
    }

    func next() async throws(HTTPClientError) -> [UInt8]? {
        while true {
            switch take() {
            case .bytes(let bytes): return bytes
            case .end(nil): return nil
            case .end(.some(let error)): throw error
            case .nothingYet: await waitForChange()
            }
        }
    }

    private enum Taken {
        case bytes([UInt8])
        case end(HTTPClientError?)
        case nothingYet
    }

    private func take() -> Taken {
        let (taken, mustResume) = state.withLock { state in
            guard state.bytes.isEmpty else {
                defer {
                    state.bytes = []
                    state.isPaused = false
                }
                return (Taken.bytes(state.bytes), state.isPaused)
            }
            return (state.isOver ? .end(state.error) : .nothingYet, false)
        }
        if mustResume { loop.submit(.resume(id)) }
        return taken
    }

    private func waitForChange() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustResume = state.withLock { state in
                    if !state.bytes.isEmpty || state.isOver { return true }
                    precondition(state.waiting == nil, "a body has one reader")
                    state.waiting = continuation
                    return false
                }
                if mustResume { continuation.resume() }
            }
        } onCancel: {
            finish(.cancelled.whenSent(true))
            loop.submit(.cancel(id))
        }
    }
}
