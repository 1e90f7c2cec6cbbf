import Resilience
import Synchronization
import Testing

@Suite struct BulkheadGateTests {
    @Test func `never more run at once than may, and each gets its turn`() async throws {
        let gate = BulkheadGate(Bulkhead(limit: 3, queueLimit: 200))
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await gate.run(patience: .seconds(600)) {
                        crowd.enter()
                        await Task.yield()
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most <= 3 && crowd.left == 200)
        #expect(gate.snapshot.running == 0 && gate.snapshot.waiting == 0)
    }

    @Test func `patience that ends, cancellation and a full queue are told apart, and leave no trace`() async throws {
        let clock = StoppedClock()
        let gate = BulkheadGate(Bulkhead(limit: 1, queueLimit: 1), clock: clock)
        let release = AsyncStream<Void>.makeStream()
        let inside = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await gate.run(patience: .zero) {
                inside.continuation.finish()
                for await _ in release.stream {}
            }
        }
        for await _ in inside.stream {}

        let impatient = Task { try await gate.run(patience: .seconds(5)) {} }
        await clock.waitForSleeper()
        await #expect(throws: BulkheadGate.Refusal.full) { try await gate.run(patience: .seconds(5)) {} }
        clock.wakeAll()
        await #expect(throws: BulkheadGate.Refusal.timedOut) { try await impatient.value }

        let cancelled = Task { try await gate.run(patience: .seconds(5)) {} }
        await clock.waitForSleeper()
        cancelled.cancel()
        await #expect(throws: BulkheadGate.Refusal.cancelled) { try await cancelled.value }

        let patient = Task { try await gate.run(patience: .seconds(5)) { 7 } }
        await clock.waitForSleeper()
        release.continuation.finish()
        #expect(try await patient.value == 7)
        try await holder.value
        #expect(gate.snapshot.running == 0 && gate.snapshot.waiting == 0)
        #expect(gate.snapshot.totals.abandoned == 2 && gate.snapshot.totals.rejected == 1)
    }

    @Test func `a place is given back when the work inside throws`() async {
        struct Failed: Error {}
        let gate = BulkheadGate(Bulkhead(limit: 1, queueLimit: 0))
        await #expect(throws: Failed.self) { try await gate.run(patience: .zero) { throw Failed() } }
        #expect(gate.snapshot.running == 0)
    }
}

/// Counts who is inside.
private final class Crowd: Sendable {
    private let counts = Mutex((inside: 0, most: 0, left: 0))

    var most: Int { counts.withLock { $0.most } }
    var left: Int { counts.withLock { $0.left } }

    func enter() {
        counts.withLock {
            $0.inside += 1
            $0.most = max($0.most, $0.inside)
        }
    }

    func leave() {
        counts.withLock {
            $0.inside -= 1
            $0.left += 1
        }
    }
}

/// A clock whose sleepers wake when the test says so, or when they are cancelled.
private final class StoppedClock: Clock {
    typealias Duration = Swift.Duration
    typealias Instant = ContinuousClock.Instant

    private struct State {
        var nextID = 0
        var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
        var watcher: CheckedContinuation<Void, Never>?
    }

    let now = ContinuousClock.now
    let minimumResolution = Duration.nanoseconds(1)
    private let state = Mutex(State())

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (watcher, isCancelled) = state.withLock { state in
                    state.sleepers[id] = continuation
                    defer { state.watcher = nil }
                    return (state.watcher, Task.isCancelled)
                }
                watcher?.resume()
                if isCancelled { wake(id) }
            }
        } onCancel: {
            wake(id)
        }
        try Task.checkCancellation()
    }

    func wakeAll() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            return state.sleepers
        }
        for sleeper in sleepers.values { sleeper.resume() }
    }

    /// Returns when somebody sleeps.
    func waitForSleeper() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.isEmpty { state.watcher = continuation }
                return !state.sleepers.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    private func wake(_ id: Int) {
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
        sleeper?.resume()
    }
}
