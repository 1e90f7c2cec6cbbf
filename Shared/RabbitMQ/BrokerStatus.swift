import Synchronization

/// How a publisher or consumer stands with the broker.
package enum BrokerStatus: Sendable, Equatable {
    case connecting
    case connected
    /// Connected, but the broker takes no messages: memory or disk alarm.
    case blocked(reason: String)
    /// A reconnect follows by itself while `run()` runs.
    case disconnected(reason: String)
    /// `run()` has ended.
    case closed

    /// Connected or blocked.
    package var isConnected: Bool {
        switch self {
        case .connected, .blocked: true
        case .connecting, .disconnected, .closed: false
        }
    }
}

/// Holds the status for anybody to read without a suspension, and tells those who follow it.
final class StatusBoard: Sendable {
    private struct State {
        var status: BrokerStatus
        var wasConnected = false
        var followers: [Int: AsyncStream<BrokerStatus>.Continuation] = [:]
        var nextFollower = 0
    }

    private let state = Mutex(State(status: .disconnected(reason: "not started")))

    var status: BrokerStatus { state.withLock { $0.status } }

    func set(_ status: BrokerStatus) {
        let followers = state.withLock { state in
            if state.status == status { return [AsyncStream<BrokerStatus>.Continuation]() }
            state.status = status
            if status.isConnected { state.wasConnected = true }
            return Array(state.followers.values)
        }
        for follower in followers { follower.yield(status) }
    }

    /// Whether there has been a connection since this was last asked.
    func takeWasConnected() -> Bool {
        state.withLock { state in
            defer { state.wasConnected = false }
            return state.wasConnected
        }
    }

    /// The status now and each change after it; one who reads slowly misses all but the latest 16.
    func updates() -> AsyncStream<BrokerStatus> {
        let (stream, continuation) = AsyncStream<BrokerStatus>.makeStream(bufferingPolicy: .bufferingNewest(16))
        let (key, now) = state.withLock { state in
            state.nextFollower += 1
            state.followers[state.nextFollower] = continuation
            return (state.nextFollower, state.status)
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.followers.removeValue(forKey: key) }
        }
        continuation.yield(now)
        return stream
    }

    /// Returns at the next moment with a connection.
    /// - Throws: `notConnected` after the time-out, `closed`, `cancelled`.
    func waitUntilConnected(timeout: Duration) async throws(BrokerError) {
        if status.isConnected { return }
        let board = self
        let result = await withTaskGroup(of: BrokerError?.self) { group -> BrokerError? in
            group.addTask {
                for await status in board.updates() {
                    if status.isConnected { return nil }
                    if status == .closed { return BrokerError(.closed, reason: "run() has ended") }
                }
                return BrokerError(.cancelled, reason: "cancelled while waiting for the broker")
            }
            group.addTask {
                // Ends early only by cancellation, when the answer no longer matters.
                try? await Task.sleep(for: timeout)
                return BrokerError(.notConnected, reason: "no connection within \(timeout): \(board.status)")
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if Task.isCancelled { throw BrokerError(.cancelled, reason: "cancelled while waiting for the broker") }
        if let result { throw result }
    }
}
