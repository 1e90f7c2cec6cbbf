/// The answer of `GET /v1/insights/acceptance`: how often people took what was suggested.
package struct AcceptanceReport: Codable, Hashable, Sendable {
    package var since: EventTime
    package var until: EventTime
    /// Whether everything of the range is counted; else the latest part of it.
    package var isWhole: Bool
    /// For each field first all versions together, then each version.
    package var items: [AcceptanceRate]
    /// For the category: of suggestions that claimed a confidence, how many were right.
    package var calibration: [CalibrationBin]

    package init(
        since: EventTime, until: EventTime, isWhole: Bool, items: [AcceptanceRate], calibration: [CalibrationBin]
    ) {
        self.since = since
        self.until = until
        self.isWhole = isWhole
        self.items = items
        self.calibration = calibration
    }

    enum CodingKeys: String, CodingKey {
        case since, until, items, calibration
        case isWhole = "is_whole"
    }
}

/// How often one field's suggestions were taken.
package struct AcceptanceRate: Codable, Hashable, Sendable {
    package var field: TriageField
    /// Nil: of all versions together.
    package var modelVersion: String?
    package var accepted: Int
    package var corrected: Int
    /// Set by a person without a suggestion.
    package var unsuggested: Int
    /// Of accepted and corrected ones; nil where there are none.
    package var share: Double?
    /// The 95 % interval of it.
    package var low: Double?
    package var high: Double?

    package init(
        field: TriageField, modelVersion: String?, accepted: Int, corrected: Int, unsuggested: Int, share: Double?,
        low: Double?, high: Double?
    ) {
        self.field = field
        self.modelVersion = modelVersion
        self.accepted = accepted
        self.corrected = corrected
        self.unsuggested = unsuggested
        self.share = share
        self.low = low
        self.high = high
    }

    enum CodingKeys: String, CodingKey {
        case field, accepted, corrected, unsuggested, share, low, high
        case modelVersion = "model_version"
    }
}

/// Suggestions of like confidence.
package struct CalibrationBin: Codable, Hashable, Sendable {
    package var from: Double
    package var to: Double
    package var answers: Int
    /// The mean of what they claimed.
    package var claimed: Double
    /// The share of them that people took.
    package var taken: Double

    package init(from: Double, to: Double, answers: Int, claimed: Double, taken: Double) {
        self.from = from
        self.to = to
        self.answers = answers
        self.claimed = claimed
        self.taken = taken
    }
}

/// The answer of `GET /v1/insights/drift`: what is suggested now beside what was suggested before.
package struct DriftReport: Codable, Hashable, Sendable {
    package var since: EventTime
    package var until: EventTime
    /// The range before is as long and ends where this one begins.
    package var tasks: Int
    package var tasksBefore: Int
    /// Whether everything of both ranges is counted.
    package var isWhole: Bool
    package var items: [FieldDrift]

    package init(
        since: EventTime, until: EventTime, tasks: Int, tasksBefore: Int, isWhole: Bool, items: [FieldDrift]
    ) {
        self.since = since
        self.until = until
        self.tasks = tasks
        self.tasksBefore = tasksBefore
        self.isWhole = isWhole
        self.items = items
    }

    enum CodingKeys: String, CodingKey {
        case since, until, tasks, items
        case tasksBefore = "tasks_before"
        case isWhole = "is_whole"
    }
}

/// How far one field's suggestions have moved.
package struct FieldDrift: Codable, Hashable, Sendable {
    package var field: TriageField
    /// The population stability index; nil while either range has too few tasks.
    package var stabilityIndex: Double?
    package var labels: [LabelShare]

    package init(field: TriageField, stabilityIndex: Double?, labels: [LabelShare]) {
        self.field = field
        self.stabilityIndex = stabilityIndex
        self.labels = labels
    }

    enum CodingKeys: String, CodingKey {
        case field, labels
        case stabilityIndex = "stability_index"
    }
}

/// One label's share, now and before.
package struct LabelShare: Codable, Hashable, Sendable {
    package var label: String
    package var share: Double
    package var shareBefore: Double

    package init(label: String, share: Double, shareBefore: Double) {
        self.label = label
        self.share = share
        self.shareBefore = shareBefore
    }

    enum CodingKeys: String, CodingKey {
        case label, share
        case shareBefore = "share_before"
    }
}

/// The answer of `GET /v1/insights/cost`: who answered, and how long that took.
package struct CostReport: Codable, Hashable, Sendable {
    package var since: EventTime
    package var until: EventTime
    /// Whether everything of the range is counted; else its latest part.
    package var isWhole: Bool
    package var items: [AnsweringCost]

    package init(since: EventTime, until: EventTime, isWhole: Bool, items: [AnsweringCost]) {
        self.since = since
        self.until = until
        self.isWhole = isWhole
        self.items = items
    }

    enum CodingKeys: String, CodingKey {
        case since, until, items
        case isWhole = "is_whole"
    }
}

/// One version's analyses by one rung.
package struct AnsweringCost: Codable, Hashable, Sendable {
    package var rung: Rung
    package var modelVersion: String
    package var analyses: Int
    package var degraded: Int
    /// Time that answering took, together.
    package var seconds: Double

    package init(rung: Rung, modelVersion: String, analyses: Int, degraded: Int, seconds: Double) {
        self.rung = rung
        self.modelVersion = modelVersion
        self.analyses = analyses
        self.degraded = degraded
        self.seconds = seconds
    }

    enum CodingKeys: String, CodingKey {
        case rung, analyses, degraded, seconds
        case modelVersion = "model_version"
    }
}
