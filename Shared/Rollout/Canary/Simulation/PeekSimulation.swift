/// The same streams of answers to several tests, each looked at after every answer: how often each says "better".
package struct PeekSimulation: Sendable {
    package let name: String
    /// The share of streams in which the test said it at some time.
    package private(set) var saidBetter = 0.0
    /// Judged answers of the challenger until then, the median; nil when it never said so.
    package private(set) var medianAnswers: Int?

    /// - Parameters:
    ///   - share: the challenger's, in hundredths of a percent, all the time.
    ///   - answers: the length of a stream, both arms together.
    package init<Test: PeekedTest>(
        _ test: Test.Type, _ scenario: CanaryScenario, share: Int, answers: Int, streams: Int, seed: UInt32 = 1
    ) {
        name = Test.name
        var ends: [Int] = []
        for stream in 0..<streams {
            var random = SimulationRandom(seed: (UInt64(seed) << 32 | UInt64(stream)) &* 0x2545_F491_4F6C_DD1D)
            let users = SimulatedUsers(scenario, experiment: "stream-\(seed)-\(stream)", &random)
            var tallies = Array(repeating: UserTally(), count: users.buckets.count)
            var test = Test()
            var challengerAnswers = 0
            for answer in 0..<answers where !test.saysBetter {
                let user = users.author(&random)
                let arm: CanaryArm = users.buckets[user] < share ? .challenger : .champion
                let score = users.score(user, arm, after: answer, &random)
                test.record(arm, score: score, earlier: tallies[user])
                tallies[user] = tallies[user].adding(score: score)
                if arm == .challenger { challengerAnswers += 1 }
            }
            if test.saysBetter { ends.append(challengerAnswers) }
        }
        saidBetter = Double(ends.count) / Double(max(1, streams))
        medianAnswers = ends.isEmpty ? nil : ends.sorted()[ends.count / 2]
    }
}
