import CPQ
import Polling

/// A cancel request for one running statement; frees libpq's object.
///
/// Unchecked: `PGcancel` doesn't change, and libpq lets any thread use it.
final class CancelHandle: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQfreeCancel(handle) }

    /// Asks the server to cancel; blocks until it has.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        // A request that fails changes nothing: the statement's own deadline still ends it.
        _ = PQcancel(handle, &message, Int32(message.count))
    }
}

/// Sends cancel requests on a thread of its own, because libpq does so with blocking calls.
actor CancelSender {
    private nonisolated let thread = PollThread(name: "pg-cancel")

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func send(_ handle: CancelHandle) { handle.send() }
}
