import RetrainingTriggerCore
import Rollout
import Settings

extension RolloutPlanning {
    /// The settings `ROLLOUT_…`; what they say together is checked as well.
    init(reader: inout SettingsReader) {
        self.init()
        shares = Self.shares(&reader)
        goal = reader.choice(
            "ROLLOUT_GOAL", default: .auto,
            summary: "what promotes a challenger; auto: by how much the team judged in ROLLOUT_HORIZON")
        base.shadowAnalyses = reader.integer(
            "ROLLOUT_SHADOW_ANALYSES", default: base.shadowAnalyses, in: 0...1_000_000, unit: "analyses",
            summary: "analyses that a challenger makes unseen first (with auto at most so many); 0: no shadow")
        base.stepAnswers = reader.integer(
            "ROLLOUT_STEP_ANSWERS", default: base.stepAnswers, in: 1...1_000_000, unit: "answers",
            summary: "judged answers of the challenger that each share must bring")
        base.stepSeconds = reader.seconds(
            "ROLLOUT_STEP_TIME", default: base.stepSeconds, in: 0...31_536_000, summary: "how long each share must last"
        )
        base.horizonAnswers = reader.integer(
            "ROLLOUT_HORIZON_ANSWERS", default: base.horizonAnswers, in: 1...10_000_000, unit: "answers",
            summary: "judged answers of the challenger after which a rollout must end")
        base.horizonSeconds = reader.seconds(
            "ROLLOUT_HORIZON", default: base.horizonSeconds, in: 60...31_536_000,
            summary: "time after which a rollout must end, pauses left out")
        readTest(&reader)
        base.guardrails.failureTolerance = reader.number(
            "ROLLOUT_FAILURE_TOLERANCE", default: base.guardrails.failureTolerance, in: 0...0.5, unit: "share",
            summary: "so much more often may a challenger fail")
        base.guardrails.latencyRatio = reader.number(
            "ROLLOUT_LATENCY_RATIO", default: base.guardrails.latencyRatio, in: 1.1...1_000, unit: "times",
            summary: "so many times the champion's may a challenger's median latency be")
        for fault in faults() { reader.fault("ROLLOUT_SHARES", "makes no plan with the other settings: \(fault)") }
    }

    private mutating func readTest(_ reader: inout SettingsReader) {
        base.test.minimumToPromote = reader.integer(
            "ROLLOUT_MINIMUM_TO_PROMOTE", default: base.test.minimumToPromote, in: 1...1_000_000, unit: "answers",
            summary: "judged answers of each version before one is called better or not worse")
        base.test.minimumToRollBack = reader.integer(
            "ROLLOUT_MINIMUM_TO_ROLL_BACK", default: base.test.minimumToRollBack, in: 1...1_000_000, unit: "answers",
            summary: "judged answers of each version before the challenger is called worse")
        base.test.margin = reader.number(
            "ROLLOUT_MARGIN", default: base.test.margin, in: 0.001...0.5, unit: "share",
            summary: "worse by less than this share of the answers still counts as not worse")
        base.test.tolerance = reader.number(
            "ROLLOUT_TOLERANCE", default: base.test.tolerance, in: 0...0.5, unit: "share",
            summary: "a loss up to this share is no harm")
        base.test.promotionAlpha = reader.number(
            "ROLLOUT_PROMOTION_ALPHA", default: base.test.promotionAlpha, in: 0.0001...0.5, unit: "share",
            summary: "most challengers that may be promoted falsely")
        base.test.harmAlpha = reader.number(
            "ROLLOUT_HARM_ALPHA", default: base.test.harmAlpha, in: 0.0001...0.5, unit: "share",
            summary: "most challengers that may be called worse falsely")
        base.test.userCorrelation = reader.number(
            "ROLLOUT_USER_CORRELATION", default: base.test.userCorrelation, in: 0...0.9, unit: "correlation",
            summary: "correlation of two answers of one person that is reckoned with")
        base.caution = reader.number(
            "ROLLOUT_CAUTION", default: base.caution, in: 1...1_000, unit: "evidence",
            summary: "no larger share while the evidence of harm is this much or more")
    }

    private static func shares(_ reader: inout SettingsReader) -> [Int]? {
        let name = "ROLLOUT_SHARES"
        let text = reader.string(
            name, default: "auto",
            summary:
                "percentages of the people who get a challenger, step by step up to 100; auto: by the team's size; "
                + "100 with ROLLOUT_SHADOW_ANALYSES=0: all at once")
        if text == "auto" { return nil }
        var shares: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let percent = Double(part.filter { $0 != " " }), (0...100).contains(percent) else {
                reader.fault(name, "must be auto or percentages such as 25,50,100")
                return nil
            }
            shares.append(Int((percent * 100).rounded()))
        }
        return shares
    }
}

extension SettingsReader {
    /// A length of time in whole seconds.
    fileprivate mutating func seconds(
        _ name: String, default fallback: Int64, in bounds: ClosedRange<Int64>, summary: String
    ) -> Int64 {
        duration(
            name, default: .seconds(fallback), in: .seconds(bounds.lowerBound)...(.seconds(bounds.upperBound)),
            summary: summary
        ).components.seconds
    }
}
