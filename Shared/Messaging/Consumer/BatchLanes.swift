import Synchronization

/// Lets a bounded number of batches be worked on at once.
final class BatchLanes: Sendable {
    private struct State {
        var running = 0
        /// At most one waits to start, for batches are handed out one at a time.
        var starter: CheckedContinuation<Void, Never>?
        var drainers: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        precondition(limit > 0, "a batch needs a lane")
        self.limit = limit
    }

    /// Starts the work as soon as a lane is free, and returns then; called by one task only.
    func start(_ body: @escaping @Sendable () async -> Void) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.running < limit else {
                    state.starter = continuation
                    return false
                }
                state.running += 1
                return true
            }
            if isFree { continuation.resume() }
        }
        // Unstructured: the caller must be free to take the next batch; `drain` waits for it.
        Task {
            await body()
            end()
        }
    }

    /// Returns once nothing is being worked on.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.running > 0 { state.drainers.append(continuation) }
                return state.running == 0
            }
            if isIdle { continuation.resume() }
        }
    }

    private func end() {
        let (starter, drainers) = state.withLock { state in
            // The lane goes on to who waits for it.
            if let starter = state.starter {
                state.starter = nil
                return (Optional(starter), [CheckedContinuation<Void, Never>]())
            }
            state.running -= 1
            guard state.running == 0 else { return (nil, []) }
            defer { state.drainers = [] }
            return (nil, state.drainers)
        }
        starter?.resume()
        for drainer in drainers { drainer.resume() }
    }
}
