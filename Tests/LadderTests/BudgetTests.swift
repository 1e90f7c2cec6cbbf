import Contracts
import FaultServer
import TestSupport
import Testing

/// The fourth show of issue 4: no overrun, however many ask at once.
@Suite(.serialized) struct BudgetTests {
    /// An answer that doesn't say what it cost: each call then costs what was reserved for it.
    private static let silentAnswer = """
        {"choices":[{"index":0,"message":{"role":"assistant","content":\(ModelServer.quoted(LadderHarness.answer))},\
        "finish_reason":"stop"}]}
        """

    private static let settings = ["PROVIDER_CONCURRENCY": "64", "RESPONSE_CACHE": "0", "ANALYSIS_DEADLINE": "30s"]

    /// What one call reserves.
    private func costOfOne() async throws -> Int {
        let server = try ModelServer(.rawAnswer(Self.silentAnswer))
        let cost = Signal<Int>()
        try await LadderHarness.run(
            providers: LadderHarness.providers(server, stream: false), ["BUDGET_TENANT_TOKENS": "1000000"]
        ) { harness in
            _ = try await harness.create(1)
            try await eventually("it is analysed") { try await harness.shown("provider", degraded: false) == 1 }
            cost.fire(try await harness.count("SELECT tokens::int8 FROM analysis.budget_usage WHERE user_id = ''"))
        }
        return try await cost.value()
    }

    @Test(arguments: ["BUDGET_TENANT_TOKENS", "BUDGET_USER_TOKENS"])
    func `200 analyses at once with a budget for 50 make 50 paid calls`(setting: String) async throws {
        let cost = try await costOfOne()
        let server = try ModelServer(.rawAnswer(Self.silentAnswer))
        var settings = Self.settings
        settings[setting] = "\(cost * 50 + cost / 2)"
        try await LadderHarness.run(
            providers: LadderHarness.providers(server, stream: false), settings
        ) { harness in
            _ = try await harness.create(200)
            try await eventually("all are answered", within: .seconds(60)) {
                try await harness.count("SELECT count(*) FROM task.tasks WHERE status = 'analysed'") == 200
            }
            let answered = try await harness.shown("provider", degraded: false)
            let spent = try await harness.count("SELECT tokens::int8 FROM analysis.budget_usage WHERE user_id = ''")
            print("\(setting): \(server.callCount) paid calls, \(spent) tokens of \(cost * 50 + cost / 2)")
            #expect(server.callCount == 50)
            #expect(answered == 50)
            #expect(try await harness.shown("embedded", degraded: true) == 150)
            #expect(spent == cost * 50)
            let others = """
                SELECT count(*) FROM task.tasks WHERE (analysis->>'degraded')::boolean
                AND analysis->>'reason' NOT IN ('gateway/v1: budget_exhausted', 'gateway/v1: budget_reserved')
                """
            #expect(try await harness.count(others) == 0)
            // Those that didn't fit beside calls under way are tried once more, and find the day spent.
            try await eventually("no repair is left", within: .seconds(60)) {
                try await harness.count("SELECT count(*) FROM analysis.repairs") == 0
            }
            #expect(server.callCount == 50)
            #expect(try await harness.count("SELECT count(*) FROM analysis.budget_reservations") == 0)
        }
    }

    @Test func `what a server says it spent counts in place of what was reserved`() async throws {
        let server = try ModelServer(.answer(LadderHarness.answer))
        try await LadderHarness.run(
            providers: LadderHarness.providers(server), ["BUDGET_USER_TOKENS": "1000000"]
        ) { harness in
            _ = try await harness.create(4)
            try await eventually("all are answered") { try await harness.shown("provider", degraded: false) == 4 }
            try await eventually("all are settled") {
                try await harness.count("SELECT count(*) FROM analysis.budget_reservations") == 0
            }
            let rows = "SELECT sum(tokens)::int8 FROM analysis.budget_usage WHERE user_id = 'ana'"
            #expect(try await harness.count(rows) == 4 * 150)
        }
    }
}
