import Contracts
import FaultServer
import TestSupport
import Testing

/// Who waits for a remote model holds up nobody else, and a busy provider isn't taken for a broken one.
@Suite(.serialized) struct StarvingTests {
    private static let routes = """
        {"name": "t", "variants": {"remote": {"provider": "gateway"}, "own": {"provider": "embedded"}},
         "rules": [{"name": "local", "when": {"tiers": ["local"]}, "variant": "own"}],
         "otherwise": {"variant": "remote"}}
        """

    @Test func `tasks of the embedded model are analysed while every place waits for a provider that hangs`()
        async throws
    {
        let server = try ModelServer(.hangBeforeHeaders)
        let settings = ["ANALYSIS_LANES": "2", "ANALYSIS_DEADLINE": "120s", "HEALING_INTERVAL": "3600s"]
        try await LadderHarness.run(
            providers: LadderHarness.providers(server), routes: Self.routes, settings
        ) { harness in
            // One after the other: each is a batch of its own.
            for number in 1...2 {
                _ = try await harness.create(1) { _ in "Remote \(number)" }
                try await eventually("call \(number) hangs") { server.callCount == number }
            }
            let third = try await harness.create(1) { _ in "Remote 3" }[0]
            try await eventually("who comes then is answered without") {
                try await harness.task(third).analysis?.reason == "gateway/v1: busy"
            }
            let local = try await harness.post(
                TaskDraft(title: "Local", body: "", project: "shop", tier: "local"), user: "bob"
            ).id
            try await eventually("the local one is analysed") { try await harness.task(local).analysis != nil }
            #expect(try await harness.task(local).analysis?.degraded == false)
            #expect(server.callCount == 2)
            #expect(try await harness.count("SELECT count(*) FROM analysis.analyses") == 2)
            #expect(try await harness.count("SELECT count(*) FROM analysis.repairs") == 1)
        }
    }

    /// Eight calls at once take half of an analysis's time: who queued behind them gets no call that can't end well.
    @Test func `a provider that answers all it is asked stays trusted, however many queue`() async throws {
        let server = try ModelServer(.typed(LadderHarness.answer, pauseMilliseconds: 85))
        let settings = [
            "ANALYSIS_DEADLINE": "6s", "PROVIDER_CONCURRENCY": "8", "PROVIDER_MINIMUM_ATTEMPT": "50ms",
            "BREAKER_SLOW_CALL": "6s", "HEALING_INTERVAL": "3600s", "RESPONSE_CACHE": "0",
        ]
        try await LadderHarness.run(providers: LadderHarness.providers(server), settings) { harness in
            _ = try await harness.create(40)
            try await eventually("all are answered", within: .seconds(60)) {
                try await harness.count("SELECT count(*) FROM task.tasks WHERE status = 'analysed'") == 40
            }
            let reasons = try await harness.text(
                """
                SELECT string_agg(DISTINCT analysis->>'reason', '; ') FROM task.tasks
                WHERE (analysis->>'degraded')::boolean
                """)
            print("busy: \(server.callCount) calls, \(server.answeredCount) answered, the others: \(reasons ?? "")")
            #expect(reasons?.contains("gateway/v1: busy") == true)
            // Without that look at the time eight or more of the calls come to nothing; one or two may be late by chance.
            #expect(server.answeredCount >= server.callCount - 2)
            #expect(await harness.providersWarning() == nil)
        }
    }

    @Test func `what calls under way have reserved is no spent budget: who didn't fit beside them comes after them`()
        async throws
    {
        // Of each call 150 tokens are spent, and far more reserved.
        let server = try ModelServer(.answer(LadderHarness.answer))
        let settings = ["BUDGET_TENANT_TOKENS": "8000", "HEALING_INTERVAL": "200ms", "HEALING_RATE": "20"]
        try await LadderHarness.run(providers: LadderHarness.providers(server), settings) { harness in
            _ = try await harness.create(20)
            try await eventually("all are answered by the provider", within: .seconds(60)) {
                try await harness.shown("provider", degraded: false) == 20
            }
            #expect(server.callCount == 20)
        }
    }

    @Test func `a text that the model has no usable answer for is asked about three times more, not for ever`()
        async throws
    {
        let server = try ModelServer(.answer("no JSON"))
        let settings = [
            "HEALING_INTERVAL": "100ms", "HEALING_RATE": "50", "PROVIDER_ATTEMPTS": "1", "BREAKER_MINIMUM_CALLS": "20",
        ]
        try await LadderHarness.run(providers: LadderHarness.providers(server), settings) { harness in
            _ = try await harness.create(1)
            try await eventually("it is given up", within: .seconds(60)) {
                guard server.callCount > 1 else { return false }
                return try await harness.count("SELECT count(*) FROM analysis.repairs") == 0
            }
            #expect(server.callCount == 4)
        }
    }

    @Test func `an outage longer than the tries of a repair leaves nothing unrepaired`() async throws {
        let server = try ModelServer(.status(500, body: "{}"))
        let settings = [
            "HEALING_ATTEMPTS": "2", "HEALING_INTERVAL": "100ms", "HEALING_RATE": "50", "BREAKER_OPEN": "100ms",
            "PROVIDER_ATTEMPTS": "1",
        ]
        try await LadderHarness.run(providers: LadderHarness.providers(server), settings) { harness in
            _ = try await harness.create(1)
            try await eventually("it was tried more often than it may", within: .seconds(60)) { server.callCount >= 5 }
            #expect(try await harness.count("SELECT count(*) FROM analysis.repairs") == 1)
            server.set(.answer(LadderHarness.answer))
            try await eventually("it is repaired", within: .seconds(60)) {
                try await harness.shown("provider", degraded: false) == 1
            }
        }
    }
}
