import Contracts
import RetrainingTriggerCore
import Testing

/// A year of a team, simulated by the hour: people judge on weekdays between 8 and 18 o'clock, trainings take an hour.
private struct TeamYear {
    var policy: TriggerPolicy
    /// Judged items in an hour of work.
    var itemsPerHour = 4
    /// Share of accepted suggestions, by day.
    var acceptance: (Int) -> Double = { _ in 0.8 }
    /// Share of the label `bug`, by day; the others are features.
    var bugs: (Int) -> Double = { _ in 0.6 }
    /// Whether the nth training gives a champion.
    var succeeds: (Int) -> Bool = { _ in true }

    struct Training {
        var day: Int
        var hour: Int
        var items: Int
        var reason: String
    }

    /// Goes through the year; what must always hold is checked on the way.
    func run(seed: UInt64) -> [Training] {
        var random = SplitMix(state: seed)
        var trainings: [Training] = []
        var facts = TriggerFacts(newFeedback: 0, isTraining: false, lastTrainingEnded: nil)
        var new: [JudgedField] = []
        var before = TriggerSigns.Sample()
        var counted = 0
        for hour in 0..<(365 * 24) {
            let (day, now) = (hour / 24, EventTime(microseconds: Int64(hour) * 3_600_000_000))
            if facts.isTraining {
                facts.isTraining = false
                facts.lastTrainingEnded = now
                facts.inVain = succeeds(trainings.count) ? 0 : facts.inVain + 1
            }
            if day % 7 < 5, (8..<18).contains(hour % 24) {
                for _ in 0..<itemsPerHour { new.append(field(day, &random)) }
            }
            facts.newFeedback = new.count
            // The services look twice a minute; once a day tells as much.
            let looks = hour % 24 == 18 && policy.wantsSigns(on: facts, now: now)
            let signs = looks ? TriggerSigns(recent: sample(new.suffix(TriggerSigns.recentItems)), before: before) : nil
            guard case .start(let reason) = policy.decide(on: facts, signs: signs, now: now) else { continue }
            #expect(!facts.isTraining && new.count >= min(policy.minimumSample, policy.minimumFeedback))
            if let ended = facts.lastTrainingEnded {
                #expect(now.microseconds - ended.microseconds >= policy.cooldown.components.seconds * 1_000_000)
            }
            trainings.append(Training(day: day, hour: hour, items: new.count, reason: reason))
            counted += new.count
            before = sample(new.suffix(TriggerSigns.earlierItems))
            new = []
            facts.isTraining = true
        }
        #expect(trainings.reduce(0) { $0 + $1.items } == counted)
        return trainings
    }

    private func sample(_ fields: ArraySlice<JudgedField>) -> TriggerSigns.Sample {
        var sample = TriggerSigns.Sample()
        for field in fields { sample.add([field], characters: 300) }
        return sample
    }

    private func field(_ day: Int, _ random: inout SplitMix) -> JudgedField {
        let label = random.unit() < bugs(day) ? "bug" : "feature"
        let isAccepted = random.unit() < acceptance(day)
        let suggested = isAccepted ? label : (label == "bug" ? "feature" : "bug")
        return JudgedField(
            field: .category, value: .text(label), provenance: isAccepted ? .accepted : .corrected,
            suggested: .text(suggested), confidence: 0.7)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same year whenever it is asked for.
private struct SplitMix {
    var state: UInt64
    mutating func unit() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}

@Suite struct TriggerYearTests {
    /// Seven weeks' work starts a training here, if nothing else does.
    private static func patient(schedule: Duration = .zero) -> TriggerPolicy {
        var policy = TriggerPolicy(minimumFeedback: 1_500, cooldown: .seconds(3_600))
        policy.schedule = schedule
        return policy
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `in a year without change hardly anything but counting and the schedule trains`(seed: UInt64) {
        let trainings = TeamYear(policy: Self.patient()).run(seed: seed)
        let alarms = trainings.count { $0.reason.hasPrefix("acceptance") || $0.reason.hasPrefix("drift") }
        #expect(alarms <= 1)
        #expect((6...8).contains(trainings.count))
        let weekly = TeamYear(policy: Self.patient(schedule: .seconds(7 * 86_400))).run(seed: seed)
        #expect((43...45).contains(weekly.count { $0.reason.hasPrefix("schedule: ") }))
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a fall of acceptance is answered within a week of work`(seed: UInt64) throws {
        var year = TeamYear(policy: Self.patient())
        year.acceptance = { $0 < 120 ? 0.8 : 0.5 }
        let found = year.run(seed: seed).first { $0.day >= 120 && $0.reason.hasPrefix("acceptance fell: ") }
        #expect(try #require(found).day <= 127)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a shift of the labels is answered`(seed: UInt64) throws {
        var year = TeamYear(policy: Self.patient())
        year.bugs = { $0 < 200 ? 0.6 : 0.2 }
        let found = year.run(seed: seed).first { $0.day >= 200 && $0.reason.hasPrefix("drift: ") }
        #expect(try #require(found).day <= 207)
    }

    @Test func `each fifty items train, a day's work twenty-four hours apart at most while nothing comes of it`() {
        var policy = TriggerPolicy(minimumFeedback: 20, cooldown: .seconds(3_600))
        policy.minimumSample = 20
        let good = TeamYear(policy: policy).run(seed: 1)
        #expect(good.allSatisfy { $0.reason.contains("new feedback items, 20 needed") })
        // 261 days of 40 items.
        #expect((500...522).contains(good.count))
        let bad = TeamYear(policy: policy, succeeds: { _ in false }).run(seed: 1)
        #expect((250...280).contains(bad.count))
        let gaps = zip(bad.dropFirst(), bad).map { $0.hour - $1.hour }
        #expect(gaps.dropFirst(6).allSatisfy { $0 >= 24 })
    }

    @Test func `a quiet team trains by the schedule, and never on less than the minimum`() {
        var year = TeamYear(policy: TriggerPolicy(minimumFeedback: 5_000, cooldown: .seconds(60)), itemsPerHour: 0)
        #expect(year.run(seed: 1).isEmpty)
        year.itemsPerHour = 1
        year.policy.schedule = .seconds(30 * 86_400)
        year.policy.minimumFeedback = 200
        let trainings = year.run(seed: 1)
        #expect(trainings.allSatisfy { $0.items >= 30 })
        #expect((10...14).contains(trainings.count))
    }
}
