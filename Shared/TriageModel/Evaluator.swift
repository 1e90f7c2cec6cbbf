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
        var effort: [EffortAnswer] = []
        var times: [Double] = []
        let clock = ContinuousClock()
        for task in tasks {
            let start = clock.now
            let prediction = model.predict(task.text, embedding: task.embedding, scratch: &scratch)
            times.append(microseconds(clock.now - start))
            let project = task.text.project
            if let truth = task.category, let prediction = prediction.category {
                category.append(Judged(project: project, truth: truth, prediction: prediction))
            }
            if let truth = task.priority, let prediction = prediction.priority {
                priority.append(Judged(project: project, truth: truth, prediction: prediction))
            }
            if let truth = task.effort, let prediction = prediction.effort {
                effort.append(
                    EffortAnswer(
                        project: project, truth: truth, points: prediction.points, low: prediction.low,
                        high: prediction.high, hasEnoughEvidence: prediction.hasEnoughEvidence))
            }
        }
        times.sort()
        return Evaluation(
            category: head(category), priority: head(priority),
            effort: effort.isEmpty ? nil : Evaluation.Effort(EffortMetrics(effort)),
            predictionMicroseconds: times.isEmpty ? 0 : times[times.count / 2])
    }

    private static func microseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
    }

    private static func head(_ judged: [Judged]) -> Evaluation.Head? {
        guard !judged.isEmpty else { return nil }
        // Labels that the model doesn't know count, too.
        let names = Set(judged.map(\.truth)).union(judged.flatMap { $0.prediction.distribution.map(\.label) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let metrics = ProjectMetrics(judged.map { answer($0, places) }, labels: names)
        let zones = Dictionary(grouping: judged) { $0.prediction.zone.rawValue }
        return Evaluation.Head(
            metrics,
            zoneShare: zones.mapValues { Double($0.count) / Double(judged.count) },
            zoneAccuracy: zones.mapValues { Double($0.count(where: \.isRight)) / Double($0.count) })
    }

    private static func answer(_ judged: Judged, _ places: [String: Int]) -> LabelAnswer {
        var distribution = [Double](repeating: 0, count: places.count)
        for entry in judged.prediction.distribution {
            if let place = places[entry.label] { distribution[place] = entry.probability }
        }
        return LabelAnswer(
            project: judged.project, truth: places[judged.truth] ?? 0, distribution: distribution,
            picked: places[judged.prediction.label])
    }
}
