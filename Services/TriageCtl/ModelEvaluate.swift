import ArgumentParser
import Foundation
import TriageModel

/// Measures a model on labelled tasks.
struct ModelEvaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures a model on labelled tasks.")

    @Option(help: "Artifact file; without it the base model.")
    var model: String?
    @Option(help: "JSON lines (.jsonl, .jsonl.gz), or a folder with the base data sets.")
    var data: String
    @Option(help: "Rows of this split only; 'all' for every row.")
    var split = "test"
    @Option(help: "Rows of this project only.")
    var project: String?
    @Option(help: "'similar' measures how duplicates are found among the rows of a file.")
    var head: String?
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        if head == "similar" { return try ModelEvaluateSimilar.run(path: data, json: json) }
        let model = try ModelCommand.load(model)
        let tasks = try ModelData.files(data).flatMap(\.rows)
            .filter { split == "all" || $0.split == split }
            .filter { project == nil || $0.project == project }.map(\.task)
        guard !tasks.isEmpty else { throw ValidationError("no row of split \(split) in \(data)") }
        let evaluation = Evaluator.evaluate(model, on: tasks)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(evaluation), as: UTF8.self))
        } else {
            print(Self.text(evaluation, model.header.version))
        }
    }

    static func text(_ evaluation: Evaluation, _ version: String) -> String {
        var lines = ["model \(version), \(number(evaluation.predictionMicroseconds, 0)) µs a task (median)"]
        for (name, head) in [("category", evaluation.category), ("priority", evaluation.priority)] {
            guard let head else { continue }
            lines.append(
                "\(name): \(head.count) tasks, accuracy \(number(head.accuracy)), macro-F1 \(number(head.macroF1)), "
                    + "mean of projects \(number(head.meanProjectMacroF1)), ECE \(number(head.ece))")
            for label in head.labels {
                lines.append(
                    "  \(label.label): \(label.count), precision \(number(label.precision)), "
                        + "recall \(number(label.recall)), F1 \(number(label.f1))")
            }
            for (project, f1) in head.projectMacroF1.sorted(by: { $0.key < $1.key }) {
                lines.append("  \(project): macro-F1 \(number(f1))")
            }
            for zone in Zone.allCases {
                let share = head.zoneShare[zone.rawValue] ?? 0
                let accuracy = head.zoneAccuracy[zone.rawValue].map { number($0) } ?? "-"
                lines.append("  zone \(zone.rawValue): share \(number(share)), accuracy \(accuracy)")
            }
        }
        if let effort = evaluation.effort {
            lines.append(
                "effort: \(effort.count) tasks, MAE \(number(effort.mae)), mean of projects "
                    + "\(number(effort.meanProjectMAE)), 80 % interval holds \(number(effort.coverage)), "
                    + "enough evidence \(number(effort.enoughEvidenceShare))")
        }
        return lines.joined(separator: "\n")
    }

    static func number(_ value: Double, _ digits: Int = 4) -> String { String(format: "%.\(digits)f", value) }
}
