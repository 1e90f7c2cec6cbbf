import Contracts
import FaultServer
import TestSupport
import Testing

/// The second show of issue 4: a model server that stops answering under load.
@Suite(.serialized) struct OutageTests {
    private static let settings = [
        "ANALYSIS_DEADLINE": "2s", "PROVIDER_MINIMUM_ATTEMPT": "200ms", "BREAKER_OPEN": "500ms",
        "BREAKER_SLOW_CALL": "1s", "BREAKER_WINDOW": "10", "PROVIDER_CONCURRENCY": "8", "HEALING_RATE": "500",
        "HEALING_INTERVAL": "100ms",
        "RESPONSE_CACHE": "0",
    ]

    @Test func `a server that hangs under load costs quality for a while, and nothing else`() async throws {
        let server = try ModelServer(.answer(LadderHarness.answer))
        try await LadderHarness.run(providers: LadderHarness.providers(server), Self.settings) { harness in
            _ = try await harness.create(50)
            try await eventually("50 answers of the provider") {
                try await harness.shown("provider", degraded: false) == 50
            }
            let model = try await harness.text("SELECT analysis->>'model' FROM task.tasks LIMIT 1")
            let version = try await harness.text("SELECT analysis->>'model_version' FROM task.tasks LIMIT 1")
            #expect(model == "served-1")
            #expect(version == "gateway/v1")

            server.set(.hangBeforeHeaders)
            let callsBefore = server.callCount
            let began = ContinuousClock.now
            async let load = harness.create(100)
            try await eventually("the breaker opens") { await harness.providersWarning()?.contains("open") == true }
            let opened = ContinuousClock.now
            let callsAtOpening = server.callCount - callsBefore
            var during = try await load
            while ContinuousClock.now - opened < .seconds(3) { during += try await harness.create(10) }
            let tasks = during.count
            try await eventually("all are answered", within: .seconds(30)) {
                try await harness.shown("embedded", degraded: true) == tasks
            }
            let callsWhileOpen = server.callCount - callsBefore - callsAtOpening
            let openFor = ContinuousClock.now - opened
            let slowest = try await harness.count(
                "SELECT max((analysis->>'duration_microseconds')::int8) FROM task.tasks")
            #expect(slowest <= 2_000_000)
            #expect(opened - began <= .seconds(4))
            // Probes start half a second apart; the first 8 calls time out together, so some that queued behind them
            // may have been let in just before.
            #expect(callsAtOpening <= 8 + 8)
            #expect(Double(callsWhileOpen) <= openFor / .milliseconds(500) + 2)
            #expect(try await harness.count("SELECT count(*) FROM analysis.repairs") == tasks)

            let corrected = try #require(during.first)
            _ = try await harness.send(
                "POST", "/v1/tasks/\(corrected)/feedback",
                Array(#"{"fields":[{"field":"category","verdict":"corrected","value":"question"}]}"#.utf8))
            server.set(.answer(LadderHarness.answer))
            let recovered = ContinuousClock.now
            try await eventually("all are repaired", within: .seconds(90)) {
                try await harness.shown("provider", degraded: false) == 50 + tasks
            }
            let repairedIn = ContinuousClock.now - recovered
            #expect(await harness.providersWarning() == nil)
            #expect(try await harness.count("SELECT count(*) FROM analysis.repairs") == 0)
            let ofPerson = "SELECT fields->'category'->>'value' FROM task.tasks WHERE id = '\(corrected)'"
            #expect(try await harness.text(ofPerson) == "question")
            print(
                """
                outage: \(tasks) tasks, slowest \(slowest / 1_000) ms of 2000 ms, breaker open after \(opened - began), \
                \(callsAtOpening) calls until then, \(callsWhileOpen) calls in \(openFor) while open; \
                all repaired within \(repairedIn), the person's value stands
                """)
        }
    }
}
