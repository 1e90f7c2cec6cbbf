/// How well a model does on labelled tasks; JSON in snake_case.
package struct Evaluation: Sendable, Equatable, Codable {
    /// One label's figures.
    package struct Label: Sendable, Equatable, Codable {
        package let label: String
        package let count: Int
        package let precision: Double
        package let recall: Double
        package let f1: Double
    }

    /// One head that picks labels.
    package struct Head: Sendable, Equatable, Codable {
        package let count: Int
        package let accuracy: Double
        /// Mean of the labels' F1 over all tasks.
        package let macroF1: Double
        package let labels: [Label]
        /// Macro-F1 of each project.
        package let projectMacroF1: [String: Double]
        /// Mean of `projectMacroF1`.
        package let meanProjectMacroF1: Double
        /// Expected calibration error over 15 bins.
        package let ece: Double
        /// Share of the predictions in each zone.
        package let zoneShare: [String: Double]
        /// Accuracy of the predictions in each zone.
        package let zoneAccuracy: [String: Double]

        init(_ metrics: ProjectMetrics, zoneShare: [String: Double], zoneAccuracy: [String: Double]) {
            count = metrics.all.count
            accuracy = metrics.all.accuracy
            macroF1 = metrics.all.macroF1
            labels = metrics.all.labels
            projectMacroF1 = metrics.projects.mapValues(\.macroF1)
            meanProjectMacroF1 = metrics.meanMacroF1
            ece = metrics.all.ece
            self.zoneShare = zoneShare
            self.zoneAccuracy = zoneAccuracy
        }

        enum CodingKeys: String, CodingKey {
            case count, accuracy, labels, ece
            case macroF1 = "macro_f1"
            case projectMacroF1 = "project_macro_f1"
            case meanProjectMacroF1 = "mean_project_macro_f1"
            case zoneShare = "zone_share"
            case zoneAccuracy = "zone_accuracy"
        }
    }

    /// The effort head.
    package struct Effort: Sendable, Equatable, Codable {
        package let count: Int
        /// Mean absolute error of the median, in story points.
        package let mae: Double
        package let projectMAE: [String: Double]
        package let meanProjectMAE: Double
        /// Share of the true values within the 80 % interval.
        package let coverage: Double
        package let enoughEvidenceShare: Double

        init(_ metrics: EffortMetrics) {
            count = metrics.count
            mae = metrics.mae
            projectMAE = metrics.projectMAE
            meanProjectMAE = metrics.meanProjectMAE
            coverage = metrics.coverage
            enoughEvidenceShare = metrics.enoughEvidenceShare
        }

        enum CodingKeys: String, CodingKey {
            case count, mae, coverage
            case projectMAE = "project_mae"
            case meanProjectMAE = "mean_project_mae"
            case enoughEvidenceShare = "enough_evidence_share"
        }
    }

    package let category: Head?
    package let priority: Head?
    package let effort: Effort?
    /// Median time of one prediction with all heads and reasons.
    package let predictionMicroseconds: Double

    enum CodingKeys: String, CodingKey {
        case category, priority, effort
        case predictionMicroseconds = "prediction_microseconds"
    }

    /// The figures under short names such as `category_macro_f1`, for an artifact's header.
    package var metrics: [String: Double] {
        var metrics: [String: Double] = [:]
        for (name, head) in [("category", category), ("priority", priority)] {
            guard let head else { continue }
            metrics["\(name)_count"] = Double(head.count)
            metrics["\(name)_accuracy"] = head.accuracy
            metrics["\(name)_macro_f1"] = head.macroF1
            metrics["\(name)_mean_project_macro_f1"] = head.meanProjectMacroF1
            metrics["\(name)_ece"] = head.ece
        }
        if let effort {
            metrics["effort_count"] = Double(effort.count)
            metrics["effort_mae"] = effort.mae
            metrics["effort_mean_project_mae"] = effort.meanProjectMAE
            metrics["effort_coverage"] = effort.coverage
        }
        return metrics
    }
}
