import ArgumentParser
import Foundation
import TriageModel

/// `triagectl model evaluate --head …`: trains one head on a file's rows and judges it on others of them.
struct ModelEvaluateHead {
    let path: String
    let project: String?
    let byFolds: Bool
    let seed: UInt64
    let json: Bool
    let embeddings: ModelEmbeddings

    func run(_ head: String) async throws {
        let rows = try ModelData.rows(path).filter { project == nil || $0.project == project }
        let report = try Self.report(
            head, rows: rows, path: path, vectors: try await embeddings.vectors(of: rows.map(\.task.text)),
            embeddingModel: embeddings.embeddingsModel, byFolds: byFolds, seed: seed)
        print(json ? try ModelEvaluate.encoded(report) : Self.text(report))
    }

    /// - Throws: `CommandFailure` that names the file.
    static func report(
        _ head: String, path: String, byFolds: Bool = false, seed: UInt64 = 1
    ) throws -> HeadReport {
        try report(head, rows: try ModelData.rows(path), path: path, byFolds: byFolds, seed: seed)
    }

    private static func report(
        _ head: String, rows: [ModelData.Row], path: String, vectors: [TextEmbedding?] = [],
        embeddingModel: String? = nil, byFolds: Bool, seed: UInt64
    ) throws -> HeadReport {
        guard let kind = HeadKind.allCases.first(where: { $0.name == head }) else {
            throw ValidationError("unknown head \(head)")
        }
        var options = TrainingOptions(version: "evaluation", seed: seed, createdAt: Date(timeIntervalSince1970: 0))
        options.embeddingModel = embeddingModel
        let evaluator = HeadEvaluator(head: kind, options: options)
        let evaluated = rows.enumerated().map { place, row in
            row.evaluated(for: kind, embedding: place < vectors.count ? vectors[place] : nil)
        }
        do throws(HeadEvaluationError) {
            return try evaluator.evaluate(evaluated, byFolds: byFolds) {
                ModelCommand.printError($0)
            }
        } catch {
            throw CommandFailure(.badData, "\(path): \(error)")
        }
    }

    static func text(_ report: HeadReport) -> String {
        func number(_ value: Double?, _ digits: Int = 4) -> String {
            value.map { ModelEvaluate.number($0, digits) } ?? "-"
        }
        var lines = [
            "\(report.head): \(report.judged) tasks judged, \(report.trained) trained on (\(report.design))",
            "training \(number(report.trainingSeconds, 2)) s, prediction \(number(report.predictionMicroseconds, 0)) µs "
                + "(median), artifact \(number(Double(report.artifactBytes) / 1e6, 2)) MB",
        ]
        if let model = report.embeddings {
            lines.append("with vectors of \(model): \(report.judgedWithVectors) of the judged tasks")
        }
        if let labels = report.labels {
            lines.append(
                "mean of \(labels.projects.count) projects: macro-F1 \(number(labels.meanMacroF1)), weighted F1 "
                    + "\(number(labels.meanWeightedF1)), accuracy \(number(labels.meanAccuracy)), ordinal distance "
                    + "\(number(labels.meanOrdinalMAE)), AUC of the first label \(number(labels.meanFirstLabelAUC)); "
                    + "ECE \(number(labels.all.ece)); always the most frequent label: macro-F1 "
                    + number(report.plainAnswer))
            for (project, figures) in labels.projects.sorted(by: { $0.key < $1.key }) {
                lines.append(
                    "  \(project): \(figures.count) tasks, macro-F1 \(number(figures.macroF1)), weighted F1 "
                        + "\(number(figures.weightedF1)), accuracy \(number(figures.accuracy)), AUC "
                        + "\(number(figures.firstLabelAUC)), ECE \(number(figures.ece))")
            }
            for label in labels.all.labels {
                lines.append(
                    "  \(label.label): \(label.count), precision \(number(label.precision)), recall "
                        + "\(number(label.recall)), F1 \(number(label.f1))")
            }
        }
        if let effort = report.effort {
            lines.append(
                "mean of \(effort.projectMAE.count) projects: error \(number(effort.meanProjectMAE)) points (median of "
                    + "the project: \(number(report.plainAnswer))), 80 % interval holds "
                    + "\(number(effort.meanProjectCoverage)); of all tasks \(number(effort.coverage)), width "
                    + "\(number(effort.width, 1)); enough evidence \(number(effort.enoughEvidenceShare)), error there "
                    + "\(number(effort.maeWithEvidence)) (the median's: \(number(report.medianErrorWithEvidence)))")
            for (project, error) in effort.projectMAE.sorted(by: { $0.key < $1.key }) {
                lines.append(
                    "  \(project): error \(number(error)), interval holds \(number(effort.projectCoverage[project]))")
            }
        }
        if let sets = report.sets {
            lines.append(
                "micro-F1 \(number(sets.microF1)) (precision \(number(sets.microPrecision)), recall "
                    + "\(number(sets.microRecall))), macro-F1 \(number(sets.macroF1)), labels a task "
                    + number(sets.answeredPerTask, 2))
            for label in sets.labels {
                lines.append(
                    "  \(label.label): \(label.count), precision \(number(label.precision)), recall "
                        + "\(number(label.recall)), F1 \(number(label.f1))")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension ModelData.Row {
    /// The row as the evaluation reads it; for the category head `label` is the category, whatever else the row has.
    func evaluated(for head: HeadKind, embedding: TextEmbedding?) -> HeadEvaluator.Row {
        var task = task
        task.embedding = embedding
        if head == .category, task.category == nil { task.category = label }
        return HeadEvaluator.Row(task: task, split: split, fold: fold)
    }
}
