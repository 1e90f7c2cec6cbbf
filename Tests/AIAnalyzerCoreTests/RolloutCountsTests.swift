import AIAnalyzerCore
import Contracts
import Testing

@Suite struct RolloutCountsTests {
    @Test func `what was counted is told as counts that keep to the event's rules`() throws {
        var counts = RolloutCounts()
        #expect(counts.isEmpty)
        for number in 0..<1_000 { counts.add(2, of: .champion, milliseconds: Double(number) * Double(number)) }
        counts.add(3, of: .challenger, milliseconds: 0.01)
        counts.fail(4, of: .challenger)
        counts.compare(isCategorySame: true, isPrioritySame: false)
        let event = RolloutObserved(
            rolloutID: Identifier(), replica: "a", arms: counts.observations, agreement: counts.agreement,
            observedAt: .now)
        #expect(event.brokenRules().isEmpty)
        #expect(event.arms.map(\.arm) == [.champion, .challenger])
        #expect(event.arms.map(\.analyses) == [2_000, 7] && event.arms.map(\.failures) == [0, 4])
        #expect(event.agreement == ShadowAgreement(compared: 1, category: 1, priority: 0))
    }

    @Test func `a latency is told within a tenth`() {
        for milliseconds in [1, 1.1, 1.5, 3, 7, 49, 250, 999_999] {
            var counts = RolloutCounts()
            counts.add(1, of: .champion, milliseconds: milliseconds)
            let told = counts.observations.first?.latencies.first?.milliseconds ?? 0
            #expect(abs(told / milliseconds - 1) < 0.1, "\(milliseconds) as \(told)")
        }
    }

    @Test func `what could not be told is put back, up to what an event may carry`() {
        var earlier = RolloutCounts()
        earlier.add(600_000, of: .champion, milliseconds: 2)
        earlier.fail(1, of: .challenger)
        earlier.compare(isCategorySame: true, isPrioritySame: true)
        earlier.fault = "no"
        var counts = RolloutCounts()
        counts.add(1, of: .champion, milliseconds: 2)
        counts.add(earlier)
        #expect(counts.observations.map(\.analyses) == [600_001, 1])
        #expect(counts.agreement?.compared == 1 && counts.fault == "no")
        counts.add(earlier)
        #expect(counts.observations.first?.analyses == 600_001)
    }
}
