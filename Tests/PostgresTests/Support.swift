import Logging
import Postgres
import Synchronization
import TestSupport

/// The error a body must throw; `nil` if it throws another or none.
func databaseError(_ body: () async throws -> Void) async -> DatabaseError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}

/// Waits for something another session or task brings about.
func eventually(
    within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}

extension TestDatabase {
    /// Whether a statement that holds this text is running.
    func isRunning(_ text: String, as pool: DatabasePool) async throws -> Bool {
        let sql = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1
            """
        return try await pool.query(sql, ["%\(text)%"]).one().decode(at: 0, as: Int.self) > 0
    }

    /// Runs `body` with a proxy in front of the server, and a pool through it.
    func withProxiedPool<R: Sendable>(
        isUp: Bool = true, poolSize: Int = 1, change: (inout DatabaseConfiguration) -> Void = { _ in },
        _ body: (FaultyProxy, DatabasePool) async throws -> R
    ) async throws -> R {
        let proxy = FaultyProxy(target: address)
        if isUp { try await proxy.start() } else { try await proxy.reserve() }
        var configuration = configuration(poolSize: poolSize)
        configuration.url = url(hosts: await proxy.address)
        change(&configuration)
        return try await TestSupport.withPool(configuration) { try await body(proxy, $0) }
    }
}

/// Holds whoever passes until it is opened.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
