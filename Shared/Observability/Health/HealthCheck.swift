import Synchronization

/// One check: runs once at a time, and every caller who asks meanwhile gets that run's answer.
final class HealthCheck: Sendable {
    private struct State {
        var isRunning = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<HealthStatus, Never>] = [:]
    }

    let name: String
    let isRequired: Bool
    private let check: @Sendable () async -> HealthStatus
    private let state = Mutex(State())

    init(name: String, isRequired: Bool, check: @escaping @Sendable () async -> HealthStatus) {
        self.name = name
        self.isRequired = isRequired
        self.check = check
    }

    /// The check's answer, or a failure after the limit; the check itself may go on.
    func status(limit: Duration) async -> HealthStatus {
        await withCheckedContinuation { continuation in
            let (waiter, mustStart) = state.withLock { state in
                let waiter = state.nextWaiter
                state.nextWaiter += 1
                state.waiters[waiter] = continuation
                defer { state.isRunning = true }
                return (waiter, !state.isRunning)
            }
            // Both unstructured on purpose: a task group would wait for a check that ignores cancellation.
            if mustStart { Task { self.finish(await self.check()) } }
            Task {
                // Only cancellation ends the sleep early, and nobody cancels it.
                try? await Task.sleep(for: limit)
                self.expire(waiter, limit)
            }
        }
    }

    private func finish(_ status: HealthStatus) {
        let waiters = state.withLock { state in
            defer { state.waiters.removeAll() }
            state.isRunning = false
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: status) }
    }

    private func expire(_ waiter: Int, _ limit: Duration) {
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(
            returning: .fail("no answer within \(limit)"))
    }
}
