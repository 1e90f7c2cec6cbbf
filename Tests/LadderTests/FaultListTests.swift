import Contracts
import FaultServer
import TestSupport
import Testing

/// The fifth show of issue 4: whatever a server does, the right rung answers with the right code.
@Suite(.serialized) struct FaultListTests {
    private struct Fault: Sendable {
        let behaviour: ModelServer.Behaviour
        let code: String
        /// Calls of one analysis.
        var calls = 1
    }

    private static let piece = ModelServer.event(delta: "{\"content\":\"{\"}")
    private static let faults = [
        Fault(behaviour: .status(500, body: "{}"), code: "server_error"),
        Fault(behaviour: .status(503, body: "{}"), code: "server_error", calls: 3),
        Fault(behaviour: .status(429, headers: ["Retry-After: 7"]), code: "rate_limited"),
        Fault(behaviour: .status(401), code: "unauthorised"),
        Fault(behaviour: .status(404), code: "rejected"),
        Fault(behaviour: .status(413), code: "prompt_too_long"),
        Fault(behaviour: .status(307, headers: ["Location: http://127.0.0.1:1/"]), code: "rejected"),
        Fault(behaviour: .hangBeforeHeaders, code: "timeout"),
        Fault(behaviour: .hangAfterHeaders, code: "timeout"),
        Fault(behaviour: .drip, code: "timeout"),
        Fault(behaviour: .reset, code: "connection_lost"),
        Fault(behaviour: .close, code: "connection_lost"),
        Fault(behaviour: .garbage, code: "bad_answer"),
        Fault(behaviour: .flood(bytes: 100 << 20), code: "too_large"),
        Fault(behaviour: .rawAnswer("hello"), code: "bad_answer"),
        Fault(behaviour: .rawStream("data: hello\n\n"), code: "bad_answer"),
        Fault(behaviour: .rawStream(piece), code: "truncated"),
        Fault(behaviour: .rawStream(""), code: "truncated"),
        Fault(behaviour: .answer("I think it is a bug."), code: "bad_answer"),
        Fault(
            behaviour: .answer(LadderHarness.answer.replacing("\"bug\"", with: "\"no such label\"")),
            code: "bad_answer"),
    ]

    private static let settings = [
        "ANALYSIS_DEADLINE": "2s", "PROVIDER_MINIMUM_ATTEMPT": "100ms", "BREAKER_MINIMUM_CALLS": "1000",
        "BREAKER_WINDOW": "10000", "BREAKER_FAILURE_RATE": "1", "HEALING_INTERVAL": "3600s", "RESPONSE_CACHE": "0",
    ]

    @Test func `each fault of a server has its code, and the embedded model answers`() async throws {
        let server = try ModelServer(.answer(LadderHarness.answer))
        try await LadderHarness.run(providers: LadderHarness.providers(server), Self.settings) { harness in
            for fault in Self.faults {
                server.set(fault.behaviour)
                let before = server.callCount
                let id = try #require(try await harness.create(1).first)
                try await eventually("\(fault.behaviour) is answered") {
                    try await harness.count(
                        "SELECT count(*) FROM task.tasks WHERE id = '\(id)' AND status = 'analysed'") == 1
                }
                let said = try await harness.text(
                    "SELECT concat(analysis->>'rung', ' ', analysis->>'reason') FROM task.tasks WHERE id = '\(id)'")
                #expect(said == "embedded gateway/v1: \(fault.code)", "\(fault.behaviour)")
                #expect(server.callCount - before == fault.calls, "\(fault.behaviour)")
            }
        }
    }
}
