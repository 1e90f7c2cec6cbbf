/// What the hold-back has shown so far: how good suggestions are by people who don't see them, and how much seeing them
/// sways people. The answer of `GET /v1/insights/holdback`.
package struct HoldBackReport: Codable, Hashable, Sendable {
    /// Percent of the users from whom suggestions are held back now; 0: from nobody.
    package var sharePercent: Double
    /// Answers from then on.
    package var since: EventTime
    package var until: EventTime
    /// For each field first all versions together, then each version, the latest first.
    package var items: [HoldBackComparison]

    package init(sharePercent: Double, since: EventTime, until: EventTime, items: [HoldBackComparison]) {
        self.sharePercent = sharePercent
        self.since = since
        self.until = until
        self.items = items
    }

    enum CodingKeys: String, CodingKey {
        case sharePercent = "share_percent"
        case since, until, items
    }
}

/// People who saw suggestions beside people who didn't.
package struct HoldBackComparison: Codable, Hashable, Sendable {
    package var field: TriageField
    /// Nil: of all versions together.
    package var modelVersion: String?
    /// How often people who saw the suggestion said the same.
    package var shown: AgreementRate
    /// How often people who didn't see it said the same: the accuracy as people judge it by themselves.
    package var blind: AgreementRate
    /// Shown less blind, in shares; nil while there are too few answers.
    package var difference: ShareDifference?
    package var verdict: HoldBackVerdict
    /// The verdict in a sentence, with its numbers.
    package var explanation: String

    package init(
        field: TriageField, modelVersion: String?, shown: AgreementRate, blind: AgreementRate,
        difference: ShareDifference?, verdict: HoldBackVerdict, explanation: String
    ) {
        self.field = field
        self.modelVersion = modelVersion
        self.shown = shown
        self.blind = blind
        self.difference = difference
        self.verdict = verdict
        self.explanation = explanation
    }

    enum CodingKeys: String, CodingKey {
        case field, shown, blind, difference, verdict, explanation
        case modelVersion = "model_version"
    }
}

/// How often answers agreed with the suggestion, with its 95 % interval.
package struct AgreementRate: Codable, Hashable, Sendable {
    package var people: Int
    package var answers: Int
    package var agreed: Int
    /// 0-1; nil without answers.
    package var share: Double?
    /// Nil while there are too few answers, or people, for an interval that means something.
    package var low: Double?
    package var high: Double?

    package init(
        people: Int, answers: Int, agreed: Int, share: Double? = nil, low: Double? = nil, high: Double? = nil
    ) {
        self.people = people
        self.answers = answers
        self.agreed = agreed
        self.share = share
        self.low = low
        self.high = high
    }
}

/// A difference of two shares with its 95 % interval.
package struct ShareDifference: Codable, Hashable, Sendable {
    package var value: Double
    package var low: Double
    package var high: Double

    package init(value: Double, low: Double, high: Double) {
        self.value = value
        self.low = low
        self.high = high
    }
}

/// What a comparison allows to say.
package enum HoldBackVerdict: String, Codable, CaseIterable, Sendable {
    /// Nothing yet.
    case tooFew = "too_few"
    /// People agree more often when they see the suggestion, beyond chance.
    case anchoring
    /// No difference beyond chance; the interval says how large one may still be.
    case noneShown = "none_shown"
    /// People agree less often when they see the suggestion, beyond chance.
    case contrary
}
