import Contracts

/// Checks a snapshot before it is trained on.
package enum Validation {
    /// Equal input and limits give an equal report. Time and memory are bounded: what costs more than a pass over the
    /// texts looks at `SecondOpinion.maximumTasks` tasks and `NearCopies.maximumTasks` at most.
    package static func report(_ input: ValidationInput, limits: ValidationLimits = ValidationLimits())
        -> ValidationReport
    {
        let texts = input.examples.map { TextFacts($0) }
        let base = BaseView(input.base, input.examples)
        let category = SecondOpinion(.category, input.examples, texts, base)
        let opinions = [category, SecondOpinion(.priority, input.examples, texts, base)]
        let copies = NearCopies(texts)
        let summary = DatasetSummary(input, texts, base, noise: category.noise?.share)
        let (kept, last) = (summary.leavingOut(input.moved), input.last?.leavingOut(input.moved))
        let findings: [Finding] = [
            SizeChecks.minimumSize(input), SizeChecks.labelValues(input), SizeChecks.emptyText(texts),
            SizeChecks.longText(input), BalanceChecks.rareLabel(input), BalanceChecks.labelBalance(summary),
            BalanceChecks.vanishedLabel(kept, last), CopyChecks.duplicates(copies, input),
            CopyChecks.splitOverlap(copies, input), CopyChecks.conflictingCopies(copies, input),
            LeakCheck.labelLeak(input, texts),
            OpinionChecks.labelNoise(category, input.last, minimum: limits.labelNoiseTasks),
            OpinionChecks.userNoise(opinions), UserChecks.userShare(input),
            UserChecks.userSkew(opinions, share: limits[.userShare].warning / 2),
            DriftChecks.foreignText(summary, input.last), DriftChecks.inputDrift(summary, input.last),
            DriftChecks.labelDrift(kept, last), DriftChecks.suggestionDrift(kept, last),
            OriginChecks.timeOrder(input), OriginChecks.provenance(input), OriginChecks.anchoring(input),
        ]
        return ValidationReport(checks: findings.map { $0.check(limits) }, summary: summary)
    }
}

/// What one check saw; the limits make a level of it.
struct Finding: Sendable {
    let name: CheckName
    /// Nil: nothing to judge by.
    let observed: Double?
    let text: String
    /// Below this the number may be chance, however the limits are set.
    var noiseFloor = 0.0
    /// The worst level that this evidence can carry.
    var atMost = CheckLevel.failure

    init(
        _ name: CheckName, _ observed: Double?, _ text: String, noiseFloor: Double = 0,
        atMost: CheckLevel = .failure
    ) {
        self.name = name
        self.observed = observed
        self.text = text
        self.noiseFloor = noiseFloor
        self.atMost = atMost
    }

    /// Nothing can be said.
    static func silent(_ name: CheckName, _ why: String) -> Finding { Finding(name, nil, why) }

    func check(_ limits: ValidationLimits) -> DataCheck {
        let limit = limits[name]
        let warning = name.isLowBad ? limit.warning : max(limit.warning, noiseFloor)
        let failure = limit.failure.map { name.isLowBad ? $0 : max($0, noiseFloor) }
        var level = observed == nil ? CheckLevel.note : .ok
        if let observed {
            let isWorse: (Double) -> Bool = { name.isLowBad ? observed < $0 : observed > $0 }
            if isWorse(warning) { level = atMost == .note ? .note : .warning }
            if let failure, isWorse(failure), atMost == .failure { level = .failure }
        }
        return DataCheck(
            name: name.rawValue, level: level, observed: observed.map { ($0 * 10_000).rounded() / 10_000 },
            text: String(text.unicodeScalars.prefix(1_000)), limit: level == .failure ? failure : warning,
            meaning: name.meaning, action: level == .warning || level == .failure ? name.action : "")
    }
}

/// Numbers as reports write them.
enum NumberText {
    /// `12.5 %`.
    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1_000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(abs(tenths % 10)) %"
    }

    /// Two digits after the point.
    static func short(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let digits = abs(hundredths % 100)
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(digits < 10 ? "0" : "")\(digits)"
    }

    /// `3 tasks`, `1 task`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
