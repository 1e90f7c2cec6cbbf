import FaultServer
import TestSupport
import Testing

/// How ai-analyzer ends with work in its hands.
struct EndingTests {
    @Test(.timeLimit(.minutes(1)))
    func `services that are ended together in the middle of a call end, though the database is gone when it returns`()
        async throws
    {
        let server = try ModelServer(.hangBeforeHeaders)
        let settings = ["ANALYSIS_DEADLINE": "2s", "PROVIDER_MINIMUM_ATTEMPT": "200ms", "PROVIDER_ATTEMPTS": "1"]
        let began = ContinuousClock.now
        try await LadderHarness.run(providers: LadderHarness.providers(server), settings) { harness in
            _ = try await harness.create(1)
            try await server.firstCall()
        }
        #expect(ContinuousClock.now - began < .seconds(40))
    }
}
