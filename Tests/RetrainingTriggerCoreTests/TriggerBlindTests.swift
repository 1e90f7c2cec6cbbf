import Contracts
import RetrainingTriggerCore
import Testing

/// What answers of people who see no suggestion do to the trigger.
@Suite struct TriggerBlindTests {
    private static let now = EventTime(microseconds: 1_000_000_000_000)

    /// So many answers in hundreds agree, of those who see suggestions and those who don't.
    private static func sample(shown: (Int, agree: Int), blind: (Int, agree: Int)) -> TriggerSigns.Sample {
        var sample = TriggerSigns.Sample()
        func add(_ count: Int, _ agree: Int, _ seen: Bool) {
            for number in 0..<count {
                let agrees = number * 100 < agree * count
                let suggested = agrees == (number % 2 == 0) ? "bug" : "feature"
                let value = agrees ? suggested : (suggested == "bug" ? "feature" : "bug")
                sample.add(
                    [
                        JudgedField(
                            field: .category, value: .text(value),
                            provenance: seen ? (agrees ? .accepted : .corrected) : .human,
                            suggested: .text(suggested), confidence: 0.5)
                    ], characters: 300)
            }
        }
        add(shown.0, shown.agree, true)
        add(blind.0, blind.agree, false)
        return sample
    }

    private static func decide(_ recent: TriggerSigns.Sample, _ before: TriggerSigns.Sample) -> TriggerDecision {
        var policy = TriggerPolicy(minimumFeedback: 10_000, cooldown: .zero)
        // Drift is another rule.
        policy.driftIndex = 100
        return policy.decide(
            on: TriggerFacts(newFeedback: 200, isTraining: false, lastTrainingEnded: nil),
            signs: TriggerSigns(recent: recent, before: before), now: now)
    }

    @Test func `suggestions that are held back from more people don't look like a worse model`() {
        let before = Self.sample(shown: (950, 90), blind: (50, 60))
        guard case .wait = Self.decide(Self.sample(shown: (100, 90), blind: (100, 60)), before) else {
            Issue.record("a training for another hold-back share")
            return
        }
        guard
            case .wait = Self.decide(
                Self.sample(shown: (0, 0), blind: (200, 60)), Self.sample(shown: (1_000, 90), blind: (0, 0)))
        else {
            Issue.record("nothing of its kind to compare with")
            return
        }
    }

    @Test func `a fall among those who see nothing alone fires, and says the shares of all`() {
        let before = Self.sample(shown: (500, 90), blind: (500, 80))
        #expect(
            Self.decide(Self.sample(shown: (100, 90), blind: (100, 30)), before)
                == .start(reason: "acceptance fell: 60 % of 200 judged suggestions, 85 % of 1000 before"))
    }

    @Test func `with everybody seeing suggestions it is the test of two proportions`() {
        let before = Self.sample(shown: (1_000, 80), blind: (0, 0))
        #expect(
            Self.decide(Self.sample(shown: (200, 60), blind: (0, 0)), before)
                == .start(reason: "acceptance fell: 60 % of 200 judged suggestions, 80 % of 1000 before"))
        guard case .wait = Self.decide(Self.sample(shown: (200, 75), blind: (0, 0)), before) else {
            Issue.record("a fall of 5 points is below the least one")
            return
        }
    }
}
