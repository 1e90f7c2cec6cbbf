import Postgres
import Synchronization

/// Lets the first of several requests of one name go alone; those that came meanwhile go together once it is done.
///
/// Only to spare the database: without it each of them would hold a connection while it waits for the first one, and
/// fifty could hold them all. What keeps them from acting twice is the claim.
final class FirstComers: Sendable {
    private struct State {
        /// Of each name whose first request is under way, those that wait for its end.
        var waiting: [Once.Name: [CheckedContinuation<Void, any Error>]] = [:]
        var count = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: how many may wait, of all names together.
    init(limit: Int) { self.limit = limit }

    /// Runs `work`, as the first of its name or after the first one's end, whatever came of that.
    ///
    /// The wait can't be cancelled; it lasts as long as one request does.
    /// - Throws: `.overloaded` when too many wait, or what `work` throws.
    func run<R>(_ name: Once.Name, _ work: () async throws -> R) async throws -> R {
        let isFirst = state.withLock { state in
            guard state.waiting[name] == nil else { return false }
            state.waiting[name] = []
            return true
        }
        guard isFirst else {
            try await withCheckedThrowingContinuation { wait(for: name, $0) }
            return try await work()
        }
        defer { release(name) }
        return try await work()
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.count } }

    private func wait(for name: Once.Name, _ continuation: CheckedContinuation<Void, any Error>) {
        let answer: Result<Void, any Error>? = state.withLock { state in
            // It may have ended between the two looks.
            guard state.waiting[name] != nil else { return .success(()) }
            guard state.count < limit else {
                return .failure(DatabaseError(code: .overloaded, reason: "\(limit) repeated requests wait already"))
            }
            state.waiting[name]?.append(continuation)
            state.count += 1
            return nil
        }
        if let answer { continuation.resume(with: answer) }
    }

    private func release(_ name: Once.Name) {
        let all = state.withLock { state in
            let all = state.waiting.removeValue(forKey: name) ?? []
            state.count -= all.count
            return all
        }
        for continuation in all { continuation.resume() }
    }
}
