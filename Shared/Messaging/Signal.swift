import Synchronization

/// Wakes waiting tasks; a raise that nobody waits for is kept for the next wait, and several are one.
final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var lastID: UInt64 = 0
        /// `nil` until the waiter has suspended; an absent entry means that it must not suspend any more.
        var waiters: [UInt64: CheckedContinuation<Void, Never>?] = [:]
    }

    private let state = Mutex(State())

    func raise() {
        let waiters = state.withLock { state in
            if state.waiters.isEmpty { state.isRaised = true }
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for case let continuation? in waiters.values { continuation.resume() }
    }

    /// Returns when raised, after `limit`, or on cancellation, whichever comes first.
    func wait(atMost limit: Duration) async {
        let entry = state.withLock { state -> UInt64? in
            if state.isRaised {
                state.isRaised = false
                return nil
            }
            state.lastID += 1
            state.waiters[state.lastID] = .some(nil)
            return state.lastID
        }
        guard let id = entry else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.suspend(id) }
            // Cancellation ends the sleep early, which is what is wanted.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            self.release(id)
            group.cancelAll()
        }
    }

    private func suspend(_ id: UInt64) async {
        await withCheckedContinuation { continuation in
            let mustResume = state.withLock { state in
                if state.waiters.removeValue(forKey: id) == nil { return true }
                state.waiters[id] = continuation
                return false
            }
            if mustResume { continuation.resume() }
        }
    }

    private func release(_ id: UInt64) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        if case .some(.some(let continuation)) = waiter { continuation.resume() }
    }
}
