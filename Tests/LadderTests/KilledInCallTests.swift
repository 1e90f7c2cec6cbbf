import Contracts
import FaultServer
import Foundation
import Postgres
import TestSupport
import Testing

extension ProgramTests {
    /// ai-analyzer dies while a remote model works for it.
    @Suite struct KilledInCallTests {
        private static let settings = [
            "PROVIDER_CONCURRENCY": "4", "RESPONSE_CACHE": "0", "ANALYSIS_DEADLINE": "120s",
            "HEALING_INTERVAL": "3600s",
            "BUDGET_TENANT_TOKENS": "1000000",
        ]

        @Test func `kill -9 in the middle of calls: each task is analysed once, and the dead calls stay counted`()
            async throws
        {
            let server = try ModelServer(.hangBeforeHeaders)
            try await LadderSystem.run(providers: LadderHarness.providers(server), Self.settings) { ladder in
                try await ladder.create(12)
                try await eventually("four calls are under way, reserved for") {
                    let reserved = try await ladder.count("SELECT count(*) FROM analysis.budget_reservations")
                    return server.callCount == 4 && reserved == 4
                }
                let reserved = try await ladder.tokens()
                try await ladder.analyzer.end(SIGKILL)
                #expect(try ladder.analyzer.endedBySignals == [9])
                #expect(try await ladder.count("SELECT count(*) FROM analysis.analyses") == 0)

                server.set(.answer(LadderHarness.answer))
                try ladder.analyzer.start()
                try await ladder.system.waitUntilReady(.aiAnalyzer)
                try await eventually("all are analysed by the provider", within: .seconds(60)) {
                    try await ladder.shown("provider", degraded: false) == 12
                }
                try await eventually("all are settled but the dead") {
                    try await ladder.count("SELECT count(*) FROM analysis.budget_reservations") == 4
                }
                let spent = try await ladder.tokens()
                print(
                    "kill -9 in a call: 12 tasks, \(server.callCount) calls, 4 of them dead with \(reserved) tokens "
                        + "reserved, \(spent) counted in the end")
                #expect(server.callCount == 4 + 12)
                #expect(try await ladder.count("SELECT count(*) FROM analysis.analyses") == 12)
                #expect(try await ladder.completions() == "12 with 1")
                #expect(try await ladder.count("SELECT count(*) FROM task.tasks WHERE status <> 'analysed'") == 0)
                #expect(spent == reserved + 12 * 150)

                // The day ends. What was reserved stays in that day's account, and nowhere else.
                #expect(try await ladder.analyzer.end() == 0)
                _ = try await ladder.pool.query("UPDATE analysis.budget_reservations SET day = day - 2")
                _ = try await ladder.pool.query("UPDATE analysis.budget_usage SET day = day - 2")
                try ladder.analyzer.start()
                try await eventually("the dead reservations are gone") {
                    try await ladder.count("SELECT count(*) FROM analysis.budget_reservations") == 0
                }
                #expect(try await ladder.tokens() == spent)
            }
        }

        @Test(arguments: [true, false])
        func `kill -9 between the answers and their commit: each task has one analysis, and each call is counted`(
            commitIsLost: Bool
        ) async throws {
            let server = try ModelServer(.answer(LadderHarness.answer))
            try await LadderSystem.run(providers: LadderHarness.providers(server), Self.settings) { ladder in
                // What is read goes on; what is to be stored waits.
                try await ladder.pool.transaction { connection in
                    _ = try await connection.query("LOCK TABLE analysis.analyses IN EXCLUSIVE MODE")
                    try await ladder.create(6)
                    try await eventually("all are answered and settled, and the store waits") {
                        let settled = try await ladder.count("SELECT count(*) FROM analysis.budget_reservations") == 0
                        let waiting = try await ladder.count("SELECT count(*) \(Self.waitingForLock)") > 0
                        let tokens = try await ladder.tokens()
                        return settled && waiting && tokens == 6 * 150
                    }
                    try await ladder.analyzer.end(SIGKILL)
                    // Else the database does what it was told, when it can, though nobody is left to hear of it.
                    if commitIsLost {
                        _ = try await ladder.pool.query("SELECT pg_terminate_backend(pid) \(Self.waitingForLock)")
                    }
                }
                try await eventually("the database has done what it was told") {
                    try await ladder.count("SELECT count(*) \(Self.underWay)") == 0
                }
                let stored = try await ladder.count("SELECT count(*) FROM analysis.analyses")
                #expect((stored == 0) == commitIsLost)
                try ladder.analyzer.start()
                try await eventually("all are analysed by the provider", within: .seconds(60)) {
                    try await ladder.shown("provider", degraded: false) == 6
                }
                try await eventually("all are settled, and told") {
                    let reserved = try await ladder.count("SELECT count(*) FROM analysis.budget_reservations")
                    return try await ladder.count("SELECT count(*) FROM analysis.outbox") == 0 && reserved == 0
                }
                print(
                    "kill -9 before \(commitIsLost ? "a lost" : "its") commit: 6 tasks, \(stored) stored, "
                        + "\(server.answeredCount) calls, \(try await ladder.tokens()) tokens")
                // Asked about again are those that have no analysis.
                #expect(server.answeredCount == 6 + 6 - stored)
                #expect(try await ladder.tokens() == server.answeredCount * 150)
                #expect(try await ladder.count("SELECT count(*) FROM analysis.analyses") == 6)
                #expect(try await ladder.completions() == "6 with 1")
            }
        }

        /// Waiting or not: two stores at once wait for each other where they have the same project.
        private static let underWay = """
            FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()
            AND query LIKE '%INSERT INTO analysis.analyses%'
            """

        private static let waitingForLock = """
            FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            AND query LIKE '%INSERT INTO analysis.analyses%'
            """

        @Test func `a call that died leaves no budget for another that does not fit beside it`() async throws {
            let server = try ModelServer(.hangBeforeHeaders)
            try await LadderSystem.run(providers: LadderHarness.providers(server), Self.settings) { ladder in
                try await ladder.create(1)
                try await eventually("a call is under way") {
                    let reserved = try await ladder.count("SELECT count(*) FROM analysis.budget_reservations")
                    return server.callCount == 1 && reserved == 1
                }
                let one = try await ladder.tokens()
                try await ladder.analyzer.end(SIGKILL)
                server.set(.answer(LadderHarness.answer))
                let limit = ["TRIAGELOOP_BUDGET_TENANT_TOKENS": "\(2 * one - 1)"]
                try await ladder.system.withTwin(of: .aiAnalyzer, settings: limit) { _ in
                    try await eventually("it is answered from the rung below") {
                        try await ladder.shown("embedded", degraded: true) == 1
                    }
                    let reason = try await ladder.text("SELECT analysis->>'reason' FROM task.tasks")
                    #expect(reason == "gateway/v1: budget_reserved")
                    #expect(server.callCount == 1)
                    #expect(try await ladder.tokens() == one)
                }
            }
        }
    }
}
