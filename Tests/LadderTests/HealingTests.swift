import Contracts
import FaultServer
import Foundation
import Postgres
import TestSupport
import Testing

extension ProgramTests {
    /// Repairs with several replicas, and across the end of a process.
    @Suite struct HealingTests {
        private static let settings = [
            "ANALYSIS_DEADLINE": "20s", "BREAKER_OPEN": "200ms", "HEALING_INTERVAL": "200ms", "RESPONSE_CACHE": "0",
        ]

        private static func degrade(_ tasks: Int, _ ladder: LadderSystem) async throws {
            try await ladder.create(tasks)
            try await eventually("\(tasks) are degraded") {
                try await ladder.shown("embedded", degraded: true) == tasks
            }
            #expect(try await ladder.count("SELECT count(*) FROM analysis.repairs") == tasks)
        }

        /// Repairs by the process itself, as its log tells them.
        private static func repaired(_ process: ServiceProcess) -> Int {
            process.log.split(separator: "\n").count {
                $0.contains("\"task analysed\"") && $0.contains("\"rung\":\"provider\"")
            }
        }

        /// Degrades tasks, lets two replicas repair them once the server answers, and checks that each was repaired
        /// once; `body` gets the time from the first repair to the last, in seconds.
        private static func healTogether(
            _ tasks: Int, rate: Int, answering: ModelServer.Behaviour, _ body: (Double) -> Void = { _ in }
        ) async throws {
            let server = try ModelServer(.status(500, body: "{}"))
            var settings = settings
            settings["HEALING_RATE"] = "\(rate)"
            try await LadderSystem.run(providers: LadderHarness.providers(server), settings) { ladder in
                try await ladder.system.withTwin(of: .aiAnalyzer) { twin in
                    try await degrade(tasks, ladder)
                    server.set(answering)
                    try await eventually("all are repaired", within: .seconds(90)) {
                        try await ladder.shown("provider", degraded: false) == tasks
                    }
                    try await eventually("none is left") {
                        try await ladder.count("SELECT count(*) FROM analysis.repairs") == 0
                    }
                    try await eventually("the logs have them all") {
                        try repaired(ladder.analyzer) + repaired(twin) >= tasks
                    }
                    let shares = [repaired(try ladder.analyzer), repaired(twin)]
                    let milliseconds = try await ladder.count(
                        """
                        SELECT (extract(epoch FROM max(analysed_at) - min(analysed_at)) * 1000)::int8
                        FROM analysis.analyses
                        """)
                    print(
                        "two healers: \(tasks) repairs, \(server.answeredCount) answered calls, by replica \(shares), "
                            + "within \(milliseconds) ms")
                    #expect(server.answeredCount == tasks)
                    #expect(try await ladder.completions() == "\(tasks) with 2")
                    #expect(shares.reduce(0, +) == tasks)
                    #expect(shares.allSatisfy { $0 > 0 })
                    body(Double(milliseconds) / 1_000)
                }
            }
        }

        @Test func `two replicas at the same repairs make each once, however long a call takes`() async throws {
            // Half a second a call: what one replica is at is what the other would find first.
            try await Self.healTogether(40, rate: 50, answering: .typed(LadderHarness.answer, pauseMilliseconds: 15))
        }

        @Test func `two replicas repair at no more than twice the rate of one`() async throws {
            let tasks = 60
            try await Self.healTogether(tasks, rate: 10, answering: .answer(LadderHarness.answer)) { span in
                // Ten a second and two at once of each; half a second for what took long at the beginning.
                #expect(span >= Double(tasks - 2 * 2) / (2 * 10) - 0.5)
            }
        }

        @Test func `repairs that wait when ai-analyzer is stopped are done after its start`() async throws {
            let server = try ModelServer(.status(500, body: "{}"))
            var settings = Self.settings
            settings["HEALING_RATE"] = "100"
            try await LadderSystem.run(providers: LadderHarness.providers(server), settings) { ladder in
                try await Self.degrade(20, ladder)
                #expect(try await ladder.analyzer.end() == 0)
                let before = try await ladder.count("SELECT count(*) FROM analysis.repairs")
                server.set(.answer(LadderHarness.answer))
                #expect(server.answeredCount == 0)
                try ladder.analyzer.start()
                try await eventually("all are repaired", within: .seconds(90)) {
                    try await ladder.shown("provider", degraded: false) == 20
                }
                print("stopped with \(before) repairs waiting: \(server.answeredCount) done after the start")
                #expect(before == 20)
                #expect(server.answeredCount == 20)
                #expect(try await ladder.completions() == "20 with 2")
                #expect(try await ladder.count("SELECT count(*) FROM analysis.repairs") == 0)
            }
        }

        @Test func `a repair whose replica is killed -9 in its call is taken up when its lease is over`() async throws {
            let server = try ModelServer(inTurn: [.status(500, body: "{}"), .hangBeforeHeaders])
            try await LadderSystem.run(providers: LadderHarness.providers(server), Self.settings) { ladder in
                try await Self.degrade(1, ladder)
                // The breaker is closed: one failed call decides nothing.
                try await eventually("the repair is under way") { server.callCount == 2 }
                try await ladder.analyzer.end(SIGKILL)
                server.set(.answer(LadderHarness.answer))
                try ladder.analyzer.start()
                try await ladder.system.waitUntilReady(.aiAnalyzer)
                let lease = "SELECT extract(epoch FROM due_at - now())::int8 FROM analysis.repairs"
                #expect(try await ladder.count(lease) > 10)
                #expect(server.answeredCount == 0)
                _ = try await ladder.pool.query("UPDATE analysis.repairs SET due_at = now()")
                try await eventually("it is repaired") { try await ladder.shown("provider", degraded: false) == 1 }
                #expect(server.answeredCount == 1)
                #expect(try await ladder.completions() == "1 with 2")
                #expect(try await ladder.count("SELECT count(*) FROM analysis.repairs") == 0)
            }
        }
    }
}
