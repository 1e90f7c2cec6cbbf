import Testing
import TriageModel

@Suite struct EffortTests {
    @Test func `values are the tasks' own, the most frequent ones, ascending`() {
        #expect(EffortScale.values([3, 1, 3, 0.5, 100], base: []) == [0.5, 1, 3, 100])
        #expect(EffortScale.values([7, 7], base: [1, 2]) == [1, 2, 7])
        let many = (1...30).flatMap { value in [Double](repeating: Double(value), count: value) }
        #expect(EffortScale.values(many, base: []) == (7...30).map(Double.init))
        #expect(EffortScale.values([-1, 0, .nan, .infinity], base: []).isEmpty)
    }

    @Test func `a value goes to the nearest by ratio, among a project's own`() {
        // 4 is 2 times 2 and 2.5 times less than 10.
        #expect(EffortScale.label(of: 4, in: [2, 10]) == 0)
        #expect(EffortScale.label(of: 5, in: [2, 10]) == 1)
        #expect(EffortScale.label(of: 5, in: [2, 4, 10], among: [0, 2]) == 2)
        #expect(EffortScale.name(3) == "3")
        #expect(EffortScale.name(0.5) == "0.5")
    }

    @Test func `a cumulative distribution never falls below zero and sums to one`() {
        // Scores 0, -2, anything: up to .5, not below it, the rest.
        let found = EffortScale.distribution([0, -2, 7, -9], among: [0, 1, 3])
        #expect(abs(found[0] - 0.5) < 1e-9)
        #expect(found[1] == 0)
        #expect(abs(found.reduce(0, +) - 1) < 1e-12)
    }

    @Test func `a quantile is the first place that reaches its share`() {
        #expect(EffortScale.quantile(0.5, [0.2, 0.3, 0.5]) == 1)
        #expect(EffortScale.quantile(0.51, [0.2, 0.3, 0.5]) == 2)
        #expect(EffortScale.quantile(0.1, [0.2, 0.3, 0.5]) == 0)
    }

    @Test func `the interval is as narrow as the worst slice allows`() throws {
        // Ten values of a tenth each: the interval from level a holds the places from ceil(10 a) - 1 to ceil(10 - 10 a) - 1.
        let even = [Double](repeating: 0.1, count: 10)
        func slice(_ truths: [Int]) -> [IntervalFitter.Judged] {
            truths.map { IntervalFitter.Judged(project: 1, probabilities: even, truth: $0) }
        }
        let uniform = (0..<200).map { $0 % 10 }
        let narrow = try #require(IntervalFitter.quantiles([slice(uniform.map { 4 + $0 % 2 })]))
        let level = try #require(IntervalFitter.quantiles([slice(uniform)]))
        #expect(narrow[0] == 0.3)
        #expect(IntervalFitter.coverage(slice(uniform), level[0]) >= 0.8)
        #expect(level[0] < narrow[0])
        // A later slice that is harder widens it.
        let hard = try #require(IntervalFitter.quantiles([slice(uniform.map { 4 + $0 % 2 }), slice(uniform)]))
        #expect(hard == level)
        #expect(IntervalFitter.quantiles([slice([1, 2, 3])]) == nil)
    }

    @Test func `a project answers with its own values only, another project without evidence`() throws {
        let tasks = Samples.tasks(30).map { task in
            var task = task
            let isLarge = task.category == "feature"
            task.effort = task.text.project == "web" ? (isLarge ? 8 : 2) : (isLarge ? 100 : 0.5)
            return task
        }
        let model = try Samples.model(tasks)
        for task in Samples.tasks(6, from: 60) {
            let answer = try #require(model.predict([task.text])[0].effort)
            let own = task.text.project == "web" ? [2, 8] : [0.5, 100]
            #expect(own.contains(answer.points))
            #expect(own.contains(answer.low) && own.contains(answer.high))
        }
        var foreign = Samples.tasks(1, from: 90)[0].text
        foreign.project = "elsewhere"
        #expect(try #require(model.predict([foreign])[0].effort).hasEnoughEvidence == false)
    }
}
