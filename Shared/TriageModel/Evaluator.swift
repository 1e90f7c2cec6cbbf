/// Compares a model's predictions with what people said.
package enum Evaluator {
    private struct Judged {
        let project: String
        let truth: String
        let prediction: LabelPrediction
        var isRight: Bool { truth == prediction.label }
    }

    /// Predicts every task and counts.
    package static func evaluate(_ model: TriageModel, on tasks: [LabelledTask]) -> Evaluation {
        var scratch = FeatureScratch()
        var category: [Judged] = []
        var priority: [Judged] = []
        var effort: [(project: String, truth: Double, prediction: EffortPrediction)] = []
        var times: [Double] = []
        let clock = ContinuousClock()
        for task in tasks {
            let start = clock.now
            let prediction = model.predict(task.text, scratch: &scratch)
            times.append(microseconds(clock.now - start))
            let project = task.text.project
            if let truth = task.category, let prediction = prediction.category {
                category.append(Judged(project: project, truth: truth, prediction: prediction))
            }
            if let truth = task.priority, let prediction = prediction.priority {
                priority.append(Judged(project: project, truth: truth, prediction: prediction))
            }
            if let truth = task.effort, let prediction = prediction.effort {
                effort.append((project, truth, prediction))
            }
        }
        times.sort()
        return Evaluation(
            category: head(category), priority: head(priority), effort: self.effort(effort),
            predictionMicroseconds: times.isEmpty ? 0 : times[times.count / 2])
    }

    private static func microseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
    }

    private static func head(_ judged: [Judged]) -> Evaluation.Head? {
        guard !judged.isEmpty else { return nil }
        let labels = labels(judged)
        let projects = Dictionary(grouping: judged, by: \.project).mapValues { mean(self.labels($0).map(\.f1)) }
        let zones = Dictionary(grouping: judged) { $0.prediction.zone.rawValue }
        return Evaluation.Head(
            count: judged.count, accuracy: share(judged, where: \.isRight), macroF1: mean(labels.map(\.f1)),
            labels: labels, projectMacroF1: projects,
            meanProjectMacroF1: mean(projects.sorted { $0.key < $1.key }.map(\.value)),
            ece: calibrationError(judged),
            zoneShare: zones.mapValues { Double($0.count) / Double(judged.count) },
            zoneAccuracy: zones.mapValues { share($0, where: \.isRight) })
    }

    /// Labels that occur as truth or as prediction.
    private static func labels(_ judged: [Judged]) -> [Evaluation.Label] {
        Set(judged.map(\.truth)).union(judged.map(\.prediction.label)).sorted().map { label in
            let truths = judged.count { $0.truth == label }
            let predicted = judged.count { $0.prediction.label == label }
            let both = Double(judged.count { $0.truth == label && $0.isRight })
            return Evaluation.Label(
                label: label, count: truths, precision: predicted == 0 ? 0 : both / Double(predicted),
                recall: truths == 0 ? 0 : both / Double(truths), f1: 2 * both / Double(truths + predicted))
        }
    }

    private static func calibrationError(_ judged: [Judged]) -> Double {
        let bins = Dictionary(grouping: judged) { min(14, Int($0.prediction.confidence * 15)) }
        // In order, so that the last digit is always the same.
        return bins.sorted { $0.key < $1.key }.reduce(0) { sum, entry in
            let bin = entry.value
            let gap = share(bin, where: \.isRight) - mean(bin.map(\.prediction.confidence))
            return sum + abs(gap) * Double(bin.count) / Double(judged.count)
        }
    }

    private static func effort(
        _ judged: [(project: String, truth: Double, prediction: EffortPrediction)]
    ) -> Evaluation.Effort? {
        guard !judged.isEmpty else { return nil }
        let errors = judged.map { (project: $0.project, error: abs($0.truth - $0.prediction.points)) }
        let projects = Dictionary(grouping: errors, by: \.project).mapValues { mean($0.map(\.error)) }
        return Evaluation.Effort(
            count: judged.count, mae: mean(errors.map(\.error)), projectMAE: projects,
            meanProjectMAE: mean(projects.sorted { $0.key < $1.key }.map(\.value)),
            coverage: share(judged) { $0.prediction.low <= $0.truth && $0.truth <= $0.prediction.high },
            enoughEvidenceShare: share(judged) { $0.prediction.hasEnoughEvidence })
    }

    private static func share<T>(_ items: [T], where test: (T) -> Bool) -> Double {
        items.isEmpty ? 0 : Double(items.count(where: test)) / Double(items.count)
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
