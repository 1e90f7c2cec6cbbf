import AIAnalyzerCore
import Resilience
import Testing

@Suite struct LadderClimbTests {
    private let start = ContinuousClock.now

    private func climb(
        _ rungs: [String], isFree: Bool = false, attempts: Int = 3, total: Duration = .seconds(10)
    ) -> LadderClimb {
        LadderClimb(
            rungs: rungs.map { .init(provider: $0, isFree: isFree) },
            policy: RetryPolicy(attempts: attempts, backoff: Backoff(initial: .milliseconds(100))),
            budget: DeadlineBudget(total: total, from: start, minimumAttempt: .milliseconds(500)))
    }

    private func failure(
        _ code: String, isRetriable: Bool = true, spent: Bool, isOfRequest: Bool = false, retryAfter: Duration? = nil
    ) -> LadderClimb.Event {
        .failed(
            .init(
                code: code, isRetriable: isRetriable, mayHaveSpent: spent, isOfRequest: isOfRequest,
                retryAfter: retryAfter))
    }

    /// The steps after each event, one second apart.
    private func steps(_ climb: inout LadderClimb, _ events: LadderClimb.Event...) -> [LadderClimb.Step] {
        var generator = SplitMix64(seed: 1)
        return events.enumerated().map { index, event in
            climb.next(after: event, at: start.advanced(by: .seconds(index)), using: &generator)
        }
    }

    @Test func `a route to the embedded model is answered there, and isn't degraded`() {
        var climb = climb([])
        #expect(steps(&climb, .begun) == [.answerLocally(nil)])
    }

    @Test func `the only provider of a route is given the whole time`() {
        var climb = climb(["a/1"])
        #expect(steps(&climb, .begun) == [.ask(0, within: .seconds(10))])
    }

    @Test func `a call that may have been paid for is not made twice`() {
        var climb = climb(["a/1"])
        let steps = steps(&climb, .begun, failure("timeout", spent: true))
        guard case .answerLocally(let degradation?) = steps[1] else {
            Issue.record("\(steps)")
            return
        }
        #expect(degradation.reason == "a/1: timeout")
        #expect(degradation.isRepairable)
    }

    @Test func `a call that cost nothing is made again after a wait, as often as may be`() {
        var climb = climb(["a/1"])
        let busy = failure("server_error", spent: false)
        let steps = steps(&climb, .begun, busy, .waited, busy, .waited, busy)
        #expect(steps.count { if case .ask = $0 { true } else { false } } == 3)
        #expect(steps.count { if case .wait = $0 { true } else { false } } == 2)
        #expect(steps.last == .answerLocally(climb.degradation))
    }

    @Test func `of a free provider a call whose end isn't known is made again, and leaves time for that`() {
        var climb = climb(["a/1"], isFree: true)
        let steps = steps(&climb, .begun, failure("timeout", spent: true))
        #expect(steps.first == .ask(0, within: .seconds(6)))
        guard case .wait = steps[1] else {
            Issue.record("\(steps)")
            return
        }
    }

    @Test func `a server that asks for more patience than there is time is left at once`() {
        var climb = climb(["a/1"])
        let steps = steps(&climb, .begun, failure("rate_limited", spent: false, retryAfter: .seconds(60)))
        #expect(steps[1] == .answerLocally(climb.degradation))
        #expect(climb.degradation?.reason == "a/1: rate_limited")
    }

    @Test func `fallbacks are asked in order, each within its part of the time, and what happened is told`() {
        var climb = climb(["a/1", "b/1", "c/1"], total: .seconds(12))
        let steps = steps(
            &climb, .begun, .notCalled(.circuitOpen), failure("rejected", isRetriable: false, spent: false),
            .notCalled(.budget))
        #expect(
            steps == [
                .ask(0, within: .seconds(4)), .ask(1, within: .seconds(5.5)), .ask(2, within: .seconds(10)),
                .answerLocally(climb.degradation),
            ])
        #expect(climb.degradation?.reason == "a/1: circuit_open; b/1: rejected; c/1: budget_exhausted")
        #expect(climb.degradation?.code == "circuit_open")
    }

    @Test func `no call starts that would get less than the least time`() {
        var climb = climb(["a/1", "b/1"], total: .milliseconds(1_400))
        let steps = steps(&climb, .begun, failure("timeout", spent: true))
        #expect(steps == [.ask(0, within: .milliseconds(700)), .answerLocally(climb.degradation)])
        #expect(climb.degradation?.reason == "a/1: timeout; b/1: deadline")
    }

    @Test func `what a repair could not do better is not repaired`() {
        func isRepairable(_ cause: Degradation.Cause) -> Bool {
            Degradation(.init(provider: "a/1", cause: cause)).isRepairable
        }
        #expect(isRepairable(.failed("timeout", isOfRequest: false)))
        #expect(isRepairable(.circuitOpen) && isRepairable(.busy) && isRepairable(.deadline))
        #expect(isRepairable(.reserved))
        #expect(!isRepairable(.failed("refused", isOfRequest: true)))
        #expect(!isRepairable(.budget) && !isRepairable(.unknown))
    }

    @Test(arguments: 0..<200)
    func `whatever happens, a climb ends, asks no rung too often and never past its time`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var climb = climb(
            (0..<Int.random(in: 0...4, using: &random)).map { "p\($0)/1" }, isFree: .random(using: &random))
        var now = start
        let end = start.advanced(by: .seconds(10))
        var event = LadderClimb.Event.begun
        var asked: [Int: Int] = [:]
        for _ in 0..<100 {
            switch climb.next(after: event, at: now, using: &random) {
            case .ask(let index, let limit):
                asked[index, default: 0] += 1
                #expect(now.advanced(by: limit) <= end)
                now = now.advanced(by: limit * Double.random(in: 0...1, using: &random))
                event = .random(in: &random)
            case .wait(let wait):
                now = now.advanced(by: wait)
                #expect(now <= end)
                event = .waited
            case .answerLocally(let degradation):
                #expect((degradation == nil) == climb.rungs.isEmpty)
                #expect(asked.values.allSatisfy { $0 <= 3 })
                return
            }
        }
        Issue.record("no end")
    }
}

extension LadderClimb.Event {
    fileprivate static func random(in generator: inout SplitMix64) -> LadderClimb.Event {
        if Bool.random(using: &generator) { return .notCalled(.busy) }
        return .failed(
            .init(
                code: "x", isRetriable: .random(using: &generator), mayHaveSpent: .random(using: &generator),
                isOfRequest: false, retryAfter: Bool.random(using: &generator) ? .seconds(3) : nil))
    }
}
