import Synchronization

/// A ``Bulkhead`` that tasks can wait at.
package final class BulkheadGate: Sendable {
    /// Why a call was not let in.
    package enum Refusal: String, Error, Sendable, Hashable {
        /// As many are inside and waiting as may be.
        case full
        /// No place came free in the time it had.
        case timedOut = "timed_out"
        /// The task was cancelled while it waited.
        case cancelled
    }

    private struct State {
        var bulkhead: Bulkhead
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Result<Void, Refusal>, Never>] = [:]
        /// Who stopped waiting before its continuation was there.
        var stopped: [UInt64: Refusal] = [:]
        /// Who got a place before its continuation was there.
        var admitted: Set<UInt64> = []
    }

    private let state: Mutex<State>
    private let clock: any Clock<Duration>

    package init(_ bulkhead: Bulkhead, clock: any Clock<Duration> = ContinuousClock()) {
        state = Mutex(State(bulkhead: bulkhead))
        self.clock = clock
    }

    /// The bulkhead as it is now, for metrics and health.
    package var snapshot: Bulkhead { state.withLock { $0.bulkhead } }

    /// Runs `body` inside, after a wait of at most `patience`; the place is given back however `body` ends.
    ///
    /// Throws ``Refusal`` when it wasn't let in, without calling `body`, and else what `body` throws.
    package func run<R: Sendable>(patience: Duration, _ body: () async throws -> R) async throws -> R {
        try await enter(patience: patience)
        defer { leave() }
        return try await body()
    }

    private func enter(patience: Duration) async throws(Refusal) {
        let (id, answer) = state.withLock { state in
            state.nextID += 1
            return (state.nextID, state.bulkhead.enter(state.nextID))
        }
        switch answer {
        case .admitted: return
        case .rejected: throw .full
        case .queued: try await wait(id, patience: patience)
        }
    }

    /// Waits for the place, the end of patience or cancellation, whichever is first.
    private func wait(_ id: UInt64, patience: Duration) async throws(Refusal) {
        let result = await withTaskGroup(of: Void.self, returning: Result<Void, Refusal>.self) { group in
            let clock = clock
            group.addTask {
                do {
                    try await clock.sleep(for: patience, tolerance: nil)
                    self.stop(id, .timedOut)
                } catch {
                    // The sleep was cancelled: the place came, or the whole task is cancelled and says so itself.
                }
            }
            let result = await withTaskCancellationHandler {
                await withCheckedContinuation { self.store($0, for: id) }
            } onCancel: {
                self.stop(id, .cancelled)
            }
            group.cancelAll()
            return result
        }
        try result.get()
    }

    private func store(_ continuation: CheckedContinuation<Result<Void, Refusal>, Never>, for id: UInt64) {
        let known: Result<Void, Refusal>? = state.withLock { state in
            if state.admitted.remove(id) != nil { return .success(()) }
            if let refusal = state.stopped.removeValue(forKey: id) { return .failure(refusal) }
            state.waiting[id] = continuation
            return nil
        }
        if let known { continuation.resume(returning: known) }
    }

    private func stop(_ id: UInt64, _ refusal: Refusal) {
        let continuation: CheckedContinuation<Result<Void, Refusal>, Never>? = state.withLock { state in
            // Not waiting any more: the place is its own and `run` gives it back.
            guard state.bulkhead.abandon(id) else { return nil }
            if let continuation = state.waiting.removeValue(forKey: id) { return continuation }
            state.stopped[id] = refusal
            return nil
        }
        continuation?.resume(returning: .failure(refusal))
    }

    private func leave() {
        let continuation: CheckedContinuation<Result<Void, Refusal>, Never>? = state.withLock { state in
            guard let next = state.bulkhead.leave() else { return nil }
            if let continuation = state.waiting.removeValue(forKey: next) { return continuation }
            state.admitted.insert(next)
            return nil
        }
        continuation?.resume(returning: .success(()))
    }
}
