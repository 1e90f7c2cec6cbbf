package import Rollout

/// How much people judged lately, as long back as a rollout may take.
package struct RolloutTraffic: Hashable, Sendable {
    /// Suggestions that somebody accepted or corrected.
    package var answers: Int
    /// Whose tasks those were: the users whom a share is of.
    package var people: Int

    package init(answers: Int, people: Int) {
        self.answers = answers
        self.people = people
    }
}

/// Which plan a rollout gets: the settings', or what suits the size of the team.
package struct RolloutPlanning: Hashable, Sendable {
    /// What a challenger must show.
    package enum Goal: String, CaseIterable, Hashable, Sendable {
        /// By the size of the team.
        case auto
        case better
        case notWorseAtHorizon = "not_worse_at_horizon"
        case notWorse = "not_worse"
        case noHarm = "no_harm"

        var fixed: CanaryPlan.Goal? { CanaryPlan.Goal(rawValue: rawValue) }
    }

    /// From here on the strictest plan can be shown to its end: its horizon takes about 4,400 answers (docs/rollout.md).
    package static let manyAnswers = 4_500
    package static let manyPeople = 100
    /// From here on two shares get their answers in time, and a quarter of the people is hardly ever nobody.
    package static let someAnswers = 250
    package static let somePeople = 20
    package static let fewPeopleShares = [2_500, 5_000, 10_000]

    /// Everything that doesn't depend on the team's size.
    package var base: CanaryPlan
    /// Nil: by the size of the team.
    package var shares: [Int]?
    package var goal: Goal

    package init(base: CanaryPlan = CanaryPlan(), shares: [Int]? = nil, goal: Goal = .auto) {
        self.base = base
        self.shares = shares
        self.goal = goal
    }

    /// Everybody gets a version that passed its gate, at once.
    package static let blueGreen = RolloutPlanning(base: CanaryPlan(shadowAnalyses: 0), shares: [Split.whole])

    /// All that is wrong with the settings, whatever the team's size.
    package func faults() -> [String] {
        var plan = base
        plan.shares = shares ?? base.shares
        return plan.faults()
    }

    /// The plan, and why it is this one. Equal input gives an equal answer.
    package func plan(for traffic: RolloutTraffic) -> (plan: CanaryPlan, explanation: String) {
        var plan = base
        if let shares, let goal = goal.fixed {
            plan.shares = shares
            plan.goal = goal
            return (plan, "by the settings: \(Self.words(plan))")
        }
        let days = base.horizonSeconds / 86_400
        let seen = "\(traffic.answers) answers to \(traffic.people) people in \(days) days"
        let isMany = traffic.answers >= Self.manyAnswers && traffic.people >= Self.manyPeople
        let isSome = traffic.answers >= Self.someAnswers && traffic.people >= Self.somePeople
        plan.goal = goal.fixed ?? (isMany ? .notWorseAtHorizon : .noHarm)
        if let shares {
            plan.shares = shares
            return (plan, "\(seen), and the shares of the settings: \(Self.words(plan))")
        }
        if goal == .auto, !isSome {
            plan.shares = [Split.whole]
            plan.shadowAnalyses = 0
            return (plan, "\(seen) are too few to compare versions by: at once, on the word of the gate")
        }
        if !isMany { plan.shares = Self.fewPeopleShares }
        // About two days of what is judged, and more is analysed than judged.
        plan.shadowAnalyses = min(base.shadowAnalyses, max(1, traffic.answers / 8))
        return (plan, "\(seen): \(Self.words(plan))")
    }

    private static func words(_ plan: CanaryPlan) -> String {
        guard plan.shares.count > 1 else {
            return plan.shadowAnalyses == 0
                ? "at once, on the word of the gate" : "to all after \(plan.shadowAnalyses) analyses in shadow"
        }
        let shares = plan.shares.map { Percent.text($0) }.joined(separator: ", ")
        let goal =
            switch plan.goal {
            case .better: "promoted if shown to be better"
            case .notWorseAtHorizon: "promoted if shown to be better, or in the end not worse"
            case .notWorse: "promoted if shown to be not worse"
            case .noHarm: "promoted if in the end nothing speaks of harm"
            }
        return "\(shares) % of the people, \(goal)"
    }
}
