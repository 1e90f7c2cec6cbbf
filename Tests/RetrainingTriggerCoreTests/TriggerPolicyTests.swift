import Contracts
import RetrainingTriggerCore
import Testing

@Suite struct TriggerPolicyTests {
    private static let now = EventTime(microseconds: 1_000_000_000_000)
    private let policy = TriggerPolicy(minimumFeedback: 50, cooldown: .seconds(60))

    private static func ended(secondsAgo: Int64) -> EventTime {
        EventTime(microseconds: now.microseconds - secondsAgo * 1_000_000)
    }

    @Test(
        arguments: [
            (0, false, nil, TriggerDecision.wait(reason: "0 new feedback items, 50 needed")),
            (1, false, nil, .wait(reason: "1 new feedback item, 50 needed")),
            (49, false, nil, .wait(reason: "49 new feedback items, 50 needed")),
            (50, false, nil, .start(reason: "50 new feedback items, 50 needed")),
            (52, false, nil, .start(reason: "52 new feedback items, 50 needed")),
            (52, true, nil, .wait(reason: "a training is under way")),
            (
                52, false, ended(secondsAgo: 59),
                .wait(reason: "52 new feedback items, but the last training ended 59 s ago, 60 s needed")
            ),
            (52, false, ended(secondsAgo: 60), .start(reason: "52 new feedback items, 50 needed")),
            // A clock that was set back must not start trainings in a row.
            (
                52, false, ended(secondsAgo: -10),
                .wait(reason: "52 new feedback items, but the last training ended 0 s ago, 60 s needed")
            ),
        ] as [(Int, Bool, EventTime?, TriggerDecision)])
    func `the policy says when, and why with numbers`(
        count: Int, isTraining: Bool, ended: EventTime?, expected: TriggerDecision
    ) {
        let facts = TriggerFacts(newFeedback: count, isTraining: isTraining, lastTrainingEnded: ended)
        #expect(policy.decide(on: facts, now: Self.now) == expected)
    }

    /// A day with a person's feedback every 20 s and trainings of 90 s: how often, never two, never within the cooldown.
    @Test func `a simulated day of feedback trains once for each fifty items`() {
        var facts = TriggerFacts(newFeedback: 0, isTraining: false, lastTrainingEnded: nil)
        var ends: [Int64] = []
        var starts: [Int64] = []
        var counted = 0
        for second in Int64(0)..<86_400 {
            let now = EventTime(microseconds: second * 1_000_000)
            if second % 20 == 0 { facts.newFeedback += 1 }
            if facts.isTraining, second - (starts.last ?? 0) >= 90 {
                facts.isTraining = false
                facts.lastTrainingEnded = now
                ends.append(second)
            }
            guard case .start = policy.decide(on: facts, now: now) else { continue }
            #expect(!facts.isTraining)
            #expect(facts.newFeedback == 50)
            #expect(ends.last.map { second - $0 >= 60 } ?? true)
            starts.append(second)
            counted += facts.newFeedback
            facts.newFeedback = 0
            facts.isTraining = true
        }
        #expect(starts.count == 86)
        #expect(counted + facts.newFeedback == 4_320)
    }

    @Test func `a flood is one training, and what came meanwhile is the next after the cooldown`() {
        var facts = TriggerFacts(newFeedback: 5_000, isTraining: false, lastTrainingEnded: nil)
        #expect(policy.decide(on: facts, now: Self.now) == .start(reason: "5000 new feedback items, 50 needed"))
        facts = TriggerFacts(newFeedback: 300, isTraining: false, lastTrainingEnded: Self.now)
        guard case .wait = policy.decide(on: facts, now: Self.now) else {
            Issue.record("started within the cooldown")
            return
        }
        let later = EventTime(microseconds: Self.now.microseconds + 60_000_000)
        #expect(policy.decide(on: facts, now: later) == .start(reason: "300 new feedback items, 50 needed"))
    }
}

extension TriggerPolicyTests {
    @Test func `while a rollout is under way nothing starts, and it says so`() {
        let facts = TriggerFacts(newFeedback: 1_000, isTraining: true, isRollingOut: true, lastTrainingEnded: nil)
        let policy = TriggerPolicy(minimumFeedback: 50, cooldown: .zero)
        #expect(policy.decide(on: facts, now: .now) == .wait(reason: "a rollout is under way"))
    }
}

/// What is said while a training waits.
@Suite struct TriggerWaitingTests {
    private func facts(new: Int, ended secondsAgo: Int64?, inVain: Int = 0, isTraining: Bool = false) -> TriggerFacts {
        TriggerFacts(
            newFeedback: new, isTraining: isTraining, isRollingOut: false,
            lastTrainingEnded: secondsAgo.map { EventTime(microseconds: now.microseconds - $0 * 1_000_000) },
            inVain: inVain)
    }

    private let now = EventTime(microseconds: 1_700_000_000_000_000)
    private let policy = TriggerPolicy(minimumFeedback: 50, cooldown: .seconds(60))

    @Test func `a rule that a cooldown holds back says for how long`() {
        let reason = policy.heldBack(on: facts(new: 80, ended: 100, inVain: 2), now: now)
        #expect(
            reason == "80 new feedback items, but the last training ended 100 s ago, 240 s needed after 2 in vain")
    }

    @Test func `nothing is held back where no rule fires, a training runs, or one may start`() {
        #expect(policy.heldBack(on: facts(new: 10, ended: 10), now: now) == nil)
        #expect(policy.heldBack(on: facts(new: 80, ended: 10, isTraining: true), now: now) == nil)
        #expect(policy.heldBack(on: facts(new: 80, ended: 100), now: now) == nil)
        #expect(policy.heldBack(on: facts(new: 80, ended: nil), now: now) == nil)
    }
}
