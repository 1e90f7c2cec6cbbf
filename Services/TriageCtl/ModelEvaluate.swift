import ArgumentParser
import Foundation
import TriageModel

/// Measures a model on labelled tasks, trains and judges one head, or makes the benchmark document.
struct ModelEvaluate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures a model, or trains one head on a file and judges it.",
        discussion: """
            Without --head: measures an artifact on the rows of a split. With --head: trains that head on the rows of \
            split train and val of the file and judges it on those of split test; with --folds, or where no row has a \
            split, on the folds that the rows name, or else on five folds of the rows that aren't test. \
            --head similar measures how duplicates are found. --benchmark measures every head on the shared data and \
            writes the document with all tables. With --embeddings the category and similar tasks also use the vectors of \
            that server.
            """)

    /// What --head takes.
    static let heads = ["category", "priority", "effort", "labels", "similar"]

    @Option(help: "Artifact file; without it the base model.")
    var model: String?
    @Option(help: "JSON lines (.jsonl, .jsonl.gz); without --head also a folder with the base data sets.")
    var data: String?
    @Option(help: "Train and judge this head: category, priority, effort, labels or similar.")
    var head: String?
    @Flag(help: "Judge by cross-validation.")
    var folds = false
    @Option(help: "Rows of this split only, test if nothing is said; 'all' for every row. Not with --head.")
    var split: String?
    @Option(help: "Rows of this project only.")
    var project: String?
    @Option(help: "The same seed and data give the same figures.")
    var seed: UInt64 = 1
    @Flag(help: "Print JSON.")
    var json = false
    @Flag(help: "Measure every head on the shared data and write the document.")
    var benchmark = false
    @Option(help: "Folder with the shared data, for --benchmark.")
    var dataFolder = "../shared/data"
    @Option(help: "File that --benchmark writes.")
    var out = "docs/benchmarks/model.md"
    @OptionGroup(title: "Embeddings")
    var embeddings: ModelEmbeddings

    func validate() throws {
        if let head, !Self.heads.contains(head) {
            throw ValidationError("unknown head \(head); there are \(Self.heads.joined(separator: ", "))")
        }
        if head != nil, model != nil {
            throw ValidationError("--head trains a model of its own: leave out --model, or leave out --head")
        }
        if head != nil, split != nil { throw ValidationError("--head goes by the file's splits: leave out --split") }
        if head == nil, folds { throw ValidationError("--folds needs --head") }
        if head == "similar", folds || project != nil {
            throw ValidationError("--head similar takes neither --folds nor --project")
        }
        if benchmark, data != nil || head != nil || model != nil {
            throw ValidationError("--benchmark measures the shared data: leave out --data, --head and --model")
        }
        guard benchmark || data != nil else { throw ValidationError("--data FILE is missing") }
    }

    func perform() async throws {
        if benchmark { return try ModelBenchmark(folder: dataFolder, out: out, seed: seed).run() }
        guard let data else { throw ValidationError("--data FILE is missing") }
        guard let head else { return try await measureArtifact(data) }
        if head == "similar" {
            return try await ModelEvaluateSimilar.run(path: data, json: json, embeddings: embeddings)
        }
        try await ModelEvaluateHead(
            path: data, project: project, byFolds: folds, seed: seed, json: json, embeddings: embeddings
        ).run(head)
    }

    private func measureArtifact(_ data: String) async throws {
        let model = try ModelCommand.load(model)
        let split = split ?? "test"
        let tasks = try ModelData.files(data).flatMap(\.rows)
            .filter { split == "all" || $0.split == split }
            .filter { project == nil || $0.project == project }.map(\.task)
        guard !tasks.isEmpty else { throw CommandFailure(.badData, "no row of split \(split) in \(data)") }
        let evaluation = Evaluator.evaluate(model, on: try await embeddings.embedded(tasks))
        print(json ? try Self.encoded(evaluation) : Self.text(evaluation, model.header.version))
    }

    static func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
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
