import Resilience
import Testing

@Suite struct DeadlineBudgetTests {
    private let start = ContinuousClock.now

    @Test func `what remains shrinks to nothing and not below`() {
        let budget = DeadlineBudget(total: .seconds(3), from: start)
        #expect(budget.remaining(at: start) == .seconds(3))
        #expect(budget.remaining(at: start + .seconds(2)) == .seconds(1))
        #expect(budget.remaining(at: start + .seconds(9)) == .zero)
        #expect(DeadlineBudget(total: .seconds(-3), from: start).remaining(at: start) == .zero)
    }

    @Test func `an attempt gets its share, the last one all`() {
        let budget = DeadlineBudget(total: .seconds(10), from: start, attemptShare: 0.5)
        #expect(budget.attemptTimeout(isLast: false, at: start) == .seconds(5))
        #expect(budget.attemptTimeout(isLast: true, at: start) == .seconds(10))
        #expect(budget.attemptTimeout(isLast: false, at: start + .seconds(8)) == .seconds(1))
    }

    @Test func `an attempt that would be too short is not started`() {
        let budget = DeadlineBudget(total: .seconds(1), from: start, minimumAttempt: .milliseconds(300))
        #expect(budget.attemptTimeout(isLast: false, at: start + .milliseconds(600)) == .milliseconds(300))
        #expect(budget.attemptTimeout(isLast: true, at: start + .milliseconds(701)) == nil)
        #expect(budget.isSpent(at: start + .milliseconds(701)))
    }

    @Test func `a reserve is left for the rungs below`() {
        let budget = DeadlineBudget(total: .seconds(10), from: start)
        #expect(budget.keeping(.seconds(2)).remaining(at: start) == .seconds(8))
        #expect(budget.keeping(.seconds(20)).remaining(at: start) == .zero)
        #expect(budget.keeping(.seconds(-20)) == budget)
    }

    @Test func `what a rung leaves over goes to the next ones`() {
        let budget = DeadlineBudget(total: .seconds(9), from: start)
        #expect(budget.rung(of: 3, at: start).remaining(at: start) == .seconds(3))
        #expect(budget.rung(of: 2, at: start + .seconds(1)).remaining(at: start + .seconds(1)) == .seconds(4))
    }

    @Test func `rungs, their attempts and the reserve never add up to more than the total`() {
        expectAll { generator in
            let total = generator.milliseconds(0...10_000)
            let reserve = generator.milliseconds(0...2_000)
            let budget = DeadlineBudget(
                total: total, from: start, minimumAttempt: generator.milliseconds(1...100),
                attemptShare: Double.random(in: 0.2...1, using: &generator))
            let forProviders = budget.keeping(reserve)
            var now = start
            for rungsLeft in (1...Int.random(in: 1...5, using: &generator)).reversed() {
                let rung = forProviders.rung(of: rungsLeft, at: now)
                for attempt in 1...3 {
                    guard let timeout = rung.attemptTimeout(isLast: attempt == 3, at: now) else { break }
                    now += timeout
                    if now > rung.deadline { return "an attempt went past its rung" }
                }
            }
            return now > start && now > start + max(.zero, total - reserve) ? "the reserve was touched" : nil
        }
    }
}
