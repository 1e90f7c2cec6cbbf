import DequeModule
import Synchronization

/// What passes between a consumer's thread and its handler loop.
final class ConsumerMailbox: Sendable {
    /// What the loop waits for: nil is the end of this connection.
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        /// As they were read; most go to the handler as they are.
        var chunks: Deque<[Delivery]> = []
        var bufferedCount = 0
        var settlements: [Settlement] = []
        var waiter: Waiter?
        var isStopping = false
        var hasEnded = true
    }

    private let state = Mutex(State())

    var isStopping: Bool { state.withLock { $0.isStopping } }
    var bufferedCount: Int { state.withLock { $0.bufferedCount } }

    func stop() {
        let waiter = state.withLock { state in
            state.isStopping = true
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func begin() { state.withLock { $0.hasEnded = false } }

    /// The connection is over: the loop gets nil next.
    /// - Parameter keepsDeliveries: what is buffered won't come again.
    func end(keepsDeliveries: Bool) {
        let waiter = state.withLock { state in
            state.hasEnded = true
            state.settlements.removeAll()
            if !keepsDeliveries {
                state.chunks.removeAll()
                state.bufferedCount = 0
            }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func put(_ deliveries: [Delivery]) {
        let waiter = state.withLock { state in
            state.chunks.append(deliveries)
            state.bufferedCount += deliveries.count
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func put(_ settlement: Settlement) { state.withLock { $0.settlements.append(settlement) } }

    func takeSettlements() -> [Settlement] {
        state.withLock { state in
            defer { state.settlements.removeAll(keepingCapacity: true) }
            return state.settlements
        }
    }

    /// Waits for deliveries; nil when the connection has ended or the consumer stops.
    /// - Parameter drains: hand out what is buffered even then.
    func nextBatch(atMost limit: Int, drains: Bool) async -> [Delivery]? {
        while true {
            enum Step { case batch([Delivery]), end, wait }
            let step = state.withLock { state -> Step in
                let isOver = state.isStopping || state.hasEnded
                if isOver, !drains || state.chunks.isEmpty { return .end }
                if state.chunks.isEmpty { return .wait }
                return .batch(Self.takeBatch(atMost: limit, from: &state))
            }
            switch step {
            case .batch(let batch): return batch
            case .end: return nil
            case .wait: await waitForNews()
            }
        }
    }

    private static func takeBatch(atMost limit: Int, from state: inout State) -> [Delivery] {
        var batch = state.chunks.removeFirst()
        if batch.count > limit {
            state.chunks.prepend(Array(batch[limit...]))
            batch.removeSubrange(limit...)
        }
        while let next = state.chunks.first, batch.count + next.count <= limit {
            batch.append(contentsOf: next)
            state.chunks.removeFirst()
        }
        state.bufferedCount -= batch.count
        return batch
    }

    /// Waits until the consumer stops or the connection ends, or for so long.
    func pause(for duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Throws only when cancelled below.
                try? await Task.sleep(for: duration)
            }
            group.addTask { await self.waitForEnd() }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForEnd() async {
        while !Task.isCancelled, !state.withLock({ $0.isStopping || $0.hasEnded }) {
            // Looks again often enough for a stop; throws only on cancellation.
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func waitForNews() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.isStopping || state.hasEnded || !state.chunks.isEmpty { return true }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}
