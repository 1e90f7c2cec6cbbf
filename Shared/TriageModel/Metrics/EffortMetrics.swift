/// What the effort head answered for one task, beside the truth.
package struct EffortAnswer: Sendable, Equatable {
    package let project: String
    /// Story points that were given.
    package let truth: Double
    package let points: Double
    package let low: Double
    package let high: Double
    package let hasEnoughEvidence: Bool

    package init(
        project: String, truth: Double, points: Double, low: Double, high: Double, hasEnoughEvidence: Bool = true
    ) {
        self.project = project
        self.truth = truth
        self.points = points
        self.low = low
        self.high = high
        self.hasEnoughEvidence = hasEnoughEvidence
    }
}

/// How well story points are told.
package struct EffortMetrics: Sendable, Equatable, Codable {
    package let count: Int
    /// Mean absolute error of the middle, in story points.
    package let mae: Double
    /// Share of the tasks whose truth lies within the interval, its ends included.
    package let coverage: Double
    /// Mean width of the interval, in story points.
    package let width: Double
    package let enoughEvidenceShare: Double
    /// The error over the tasks with enough evidence; nil where there is none.
    package let maeWithEvidence: Double?
    package let projectMAE: [String: Double]
    package let projectCoverage: [String: Double]
    /// Mean of `projectMAE`.
    package let meanProjectMAE: Double
    /// Mean of `projectCoverage`.
    package let meanProjectCoverage: Double

    enum CodingKeys: String, CodingKey {
        case count, mae, coverage, width
        case enoughEvidenceShare = "enough_evidence_share"
        case maeWithEvidence = "mae_with_evidence"
        case projectMAE = "project_mae"
        case projectCoverage = "project_coverage"
        case meanProjectMAE = "mean_project_mae"
        case meanProjectCoverage = "mean_project_coverage"
    }

    package init(_ answers: [EffortAnswer]) {
        let groups = Dictionary(grouping: answers, by: \.project).sorted { $0.key < $1.key }
        let errors = groups.map { ($0.key, Self.mae($0.value)) }
        let coverages = groups.map { ($0.key, Self.coverage($0.value)) }
        let known = answers.filter(\.hasEnoughEvidence)
        count = answers.count
        mae = Self.mae(answers)
        coverage = Self.coverage(answers)
        width = LabelMetrics.mean(answers.map { $0.high - $0.low })
        enoughEvidenceShare = answers.isEmpty ? 0 : Double(known.count) / Double(answers.count)
        maeWithEvidence = known.isEmpty ? nil : Self.mae(known)
        projectMAE = Dictionary(uniqueKeysWithValues: errors)
        projectCoverage = Dictionary(uniqueKeysWithValues: coverages)
        meanProjectMAE = LabelMetrics.mean(errors.map(\.1))
        meanProjectCoverage = LabelMetrics.mean(coverages.map(\.1))
    }

    private static func mae(_ answers: [EffortAnswer]) -> Double {
        LabelMetrics.mean(answers.map { abs($0.truth - $0.points) })
    }

    private static func coverage(_ answers: [EffortAnswer]) -> Double {
        LabelMetrics.mean(answers.map { $0.low <= $0.truth && $0.truth <= $0.high ? 1 : 0 })
    }
}
