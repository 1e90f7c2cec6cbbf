/// Whether a challenger may serve, with every figure that this was decided by.
package struct GateDecision: Codable, Hashable, Sendable {
    package enum Verdict: String, Codable, CaseIterable, Sendable { case promote, reject }

    package var verdict: Verdict
    /// The findings that decided, in one line.
    package var reason: String
    /// Held-out tasks.
    package var tasks: Int
    /// The same with near copies counted once.
    package var groups: Int
    /// Bootstrap samples behind each interval.
    package var samples: Int
    /// Of the intervals, e.g. 0.9.
    package var confidence: Double
    /// Slices with enough tasks that were not looked at because there are so many.
    package var omittedSlices: Int
    package var findings: [GateFinding]

    package init(
        verdict: Verdict, reason: String, tasks: Int, groups: Int, samples: Int, confidence: Double,
        omittedSlices: Int, findings: [GateFinding]
    ) {
        self.verdict = verdict
        self.reason = reason
        self.tasks = tasks
        self.groups = groups
        self.samples = samples
        self.confidence = confidence
        self.omittedSlices = omittedSlices
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case verdict, reason, tasks, groups, samples, confidence, findings
        case omittedSlices = "omitted_slices"
    }

    static let maximumFindings = 150

    /// What is wrong with it, or `nil`.
    package var fault: String? {
        if let fault = FieldRule<GateDecision>.fault(in: reason, characters: 1...2_000) { return "reason \(fault)" }
        guard findings.count <= Self.maximumFindings else {
            return "must have at most \(Self.maximumFindings) findings"
        }
        return findings.lazy.compactMap(\.fault).first
    }
}

/// One figure of one slice, and what the gate made of it.
package struct GateFinding: Codable, Hashable, Sendable {
    /// `all`, or e.g. `project:payments`.
    package var slice: String
    /// What was measured, e.g. `category accuracy`.
    package var measure: String
    package var isProtected: Bool
    /// `failure` rejects the challenger; `warning` is worse than it should be, without a rule that rejects for it; `note`:
    /// too little to judge by.
    package var level: CheckLevel
    /// Tasks behind the figure.
    package var tasks: Int
    package var champion: Double?
    package var challenger: Double?
    /// Where the difference, challenger less champion, lies.
    package var low: Double?
    package var high: Double?
    /// Share of the bootstrap samples in which the challenger is no worse.
    package var chance: Double?
    /// How far the difference may go to the wrong side.
    package var limit: Double?
    /// The rule that decided, in words.
    package var rule: String

    package init(
        slice: String, measure: String, isProtected: Bool = false, level: CheckLevel, tasks: Int, champion: Double?,
        challenger: Double?, low: Double? = nil, high: Double? = nil, chance: Double? = nil, limit: Double? = nil,
        rule: String
    ) {
        self.slice = slice
        self.measure = measure
        self.isProtected = isProtected
        self.level = level
        self.tasks = tasks
        self.champion = champion
        self.challenger = challenger
        self.low = low
        self.high = high
        self.chance = chance
        self.limit = limit
        self.rule = rule
    }

    /// Challenger less champion.
    package var difference: Double? {
        guard let champion, let challenger else { return nil }
        return challenger - champion
    }

    enum CodingKeys: String, CodingKey {
        case slice, measure, level, tasks, champion, challenger, low, high, chance, limit, rule
        case isProtected = "protected"
    }

    /// What is wrong with it, or `nil`.
    fileprivate var fault: String? {
        for (member, value, characters) in [
            ("slice", slice, 1...120), ("measure", measure, 1...60), ("rule", rule, 1...300),
        ] {
            if let fault = FieldRule<GateFinding>.fault(in: value, characters: characters) {
                return "\(member) \(fault)"
            }
        }
        return nil
    }
}
