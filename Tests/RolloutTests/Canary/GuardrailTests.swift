import Rollout
import Testing

@Suite struct GuardrailTests {
    private func guardrails(
        _ analyses: Int, failures: (champion: Int, challenger: Int) = (100, 100),
        latency: (champion: Double, challenger: Double) = (100, 100), limits: GuardrailLimits = GuardrailLimits()
    ) -> Guardrails {
        var guardrails = Guardrails(limits)
        for index in 1...analyses {
            guardrails.record(
                .champion, failed: index % failures.champion == 0, latencyMilliseconds: latency.champion)
            guardrails.record(
                .challenger, failed: index % failures.challenger == 0, latencyMilliseconds: latency.challenger)
        }
        return guardrails
    }

    @Test func `equal arms break nothing, however long`() {
        #expect(guardrails(50_000).breach == nil)
        // One failure in 50 instead of in 100 is a point more: tolerated.
        #expect(guardrails(20_000, failures: (100, 50)).breach == nil)
    }

    @Test func `a challenger that fails every fifth time is found within some hundred analyses, with the numbers`() {
        #expect(guardrails(49, failures: (1_000, 1)).breach == nil)
        guard case .failing(let reason) = guardrails(300, failures: (1_000, 5)).breach else { return fail("no breach") }
        #expect(reason.contains("20 % of 300 analyses of the challenger failed, 0 % of 300 analyses of the champion"))
        #expect(reason.contains("1 points more are tolerated") && reason.contains(" of 100)"))
    }

    @Test func `a challenger three times as slow is found, from the minimum on`() {
        #expect(guardrails(99, latency: (100, 300)).breach == nil)
        guard case .slow(let reason) = guardrails(101, latency: (100, 300)).breach else { return fail("no breach") }
        #expect(reason.contains("of 100 analyses") || reason.contains("of 101 analyses"))
        #expect(reason.contains("2 times as much is allowed"))
        #expect(guardrails(200, latency: (100, 180)).breach == nil)
        // From 2 to 8 ms is four times as much and no matter to anybody.
        #expect(guardrails(200, latency: (2, 8)).breach == nil)
    }

    @Test func `medians are right within a fifth, of a hundred values within a tenth`() throws {
        var generator = Seeded(3)
        for _ in 0..<40 {
            let scale = Double.random(in: 2...20_000, using: &generator)
            var sketch = LatencySketch()
            var values: [Double] = []
            for _ in 0..<201 {
                let value = scale * Double.random(in: 0.5...4, using: &generator)
                values.append(value)
                sketch.record(milliseconds: value)
                guard !values.count.isMultiple(of: 2) else { continue }
                let median = values.sorted()[values.count / 2]
                let allowed = values.count > 100 ? 0.1 : 0.19
                if abs(try #require(sketch.median) - median) > allowed * median { return fail("\(median)") }
            }
        }
        var odd = LatencySketch()
        #expect(odd.median == nil)
        for value in [0, -1, .infinity, .nan] { odd.record(milliseconds: value) }
        #expect(odd.count == 3 && odd.median.map { $0 >= 1 && $0 < 1.3 } == true)
    }
}
