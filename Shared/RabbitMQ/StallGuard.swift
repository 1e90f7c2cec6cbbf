import Glibc
import Synchronization

/// Ends a socket whose owner's thread has been inside a library call for too long.
///
/// The library waits without a limit for room in a full socket as long as the peer still sends heartbeats, which a
/// broker in an alarm does. `shutdown(2)` from another thread makes that call fail.
final class StallGuard: Sendable {
    private struct Call {
        let descriptor: Int32
        let deadline: ContinuousClock.Instant
    }

    private let call = Mutex<Call?>(nil)

    /// Runs `body`, which may use the descriptor until `limit` after `now`.
    func watch<R, E: Error>(
        _ descriptor: Int32, from now: ContinuousClock.Instant, limit: Duration, _ body: () throws(E) -> R
    ) throws(E) -> R {
        call.withLock { $0 = Call(descriptor: descriptor, deadline: now + limit) }
        // The descriptor may be closed, and its number used again, as soon as the caller goes on.
        defer { call.withLock { $0 = nil } }
        return try body()
    }

    func breakIfOverdue() {
        call.withLock { call in
            guard let current = call, current.deadline < .now else { return }
            shutdown(current.descriptor, Int32(SHUT_RDWR))
            call = nil
        }
    }

    /// Looks once a second until cancelled.
    func run() async {
        while !Task.isCancelled {
            // Throws only on cancellation, which the loop looks at.
            try? await Task.sleep(for: .seconds(1))
            breakIfOverdue()
        }
    }
}
