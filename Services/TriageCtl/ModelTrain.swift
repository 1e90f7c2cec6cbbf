import ArgumentParser
import Foundation
import TriageModel

/// Trains a model from labelled tasks and writes its artifact.
struct ModelTrain: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains a model from labelled tasks.",
        discussion: """
            Trains on the rows whose split is train (or missing), but for the last fifth of each project and label: \
            those, and the rows of split val, fit confidence and zones. Rows of split test are only measured.
            """)

    @Option(help: "JSON lines (.jsonl, .jsonl.gz), or a folder with the base data sets.")
    var data: String
    @Option(help: "File to write.")
    var out: String
    @Option(help: "Artifact to start from; 'base' means the one that comes with the package.")
    var base: String?
    @Option(help: "The same seed and data give the same weights.")
    var seed: UInt64 = 1
    @Option(help: "Version of the new artifact.")
    var version = "model-1"
    @Option(help: "Time of creation, seconds since 1970; the same value gives the same file.")
    var createdAt: Int?
    @Flag(help: "Keep the artifact small, as the base model must be: effort by words alone, alike for all projects.")
    var small = false
    @Flag(help: "Train on the held-back rows too; confidence is then fitted by cross-validation.")
    var everything = false
    @OptionGroup(title: "Embeddings")
    var embeddings: ModelEmbeddings

    func perform() async throws {
        let out = try ModelCommand.output(out)
        let start = ContinuousClock().now
        var training: [LabelledTask] = []
        var calibration: [LabelledTask] = []
        var test: [LabelledTask] = []
        var lineage: [String: String] = [:]
        for (name, rows) in try ModelData.files(data) {
            let trained = rows.filter { ($0.split ?? "train") == "train" }
            let holdBack = HoldBack(
                trained.map { row in
                    let task = row.task
                    let label = task.category ?? task.priority ?? task.effort.map { String($0) } ?? ""
                    return HoldBack.Row(project: row.project, label: label)
                })
            // A file with a val split holds that back instead.
            let hasValidation = rows.contains { $0.split == "val" }
            // The place among the trained rows: ids may repeat.
            var place = -1
            let used = rows.filter { $0.split != "test" }
            let isHeld = used.map { row in
                if (row.split ?? "train") == "train" { place += 1 }
                guard !everything else { return false }
                return hasValidation
                    ? row.split == "val" : (row.split ?? "train") == "train" && holdBack.contains(place)
            }
            let kept = zip(used, isHeld).filter { !$0.1 }.map(\.0)
            training += kept.flatMap(\.trainingTasks)
            calibration += zip(used, isHeld).filter(\.1).map(\.0.task)
            test += rows.filter { $0.split == "test" }.map(\.task)
            lineage["data_\((name as NSString).lastPathComponent)"] =
                "\(kept.count) rows trained on, \(used.count - kept.count) held back"
        }
        if ModelData.isBaseFolder(data) {
            lineage["licence"] =
                "weights Apache-2.0; learned from public issues: NLBSE'24 (none stated), Apache Jira and Deep-SE (MIT)"
            lineage["limits"] =
                "English issues of software projects; a first guess for others, priority and effort above all"
        }
        if let model = embeddings.embeddingsModel {
            (training, calibration) = (
                try await embeddings.embedded(training), try await embeddings.embedded(calibration)
            )
            test = try await embeddings.embedded(test)
            lineage["embeddings"] = model
        }
        let parent = try base.map { try ModelCommand.load($0 == "base" ? nil : $0) }
        let date = createdAt.map { Date(timeIntervalSince1970: Double($0)) } ?? Date()
        var options = TrainingOptions(
            version: version, seed: seed, createdAt: date, calibration: calibration, lineage: lineage)
        options.embeddingModel = embeddings.embeddingsModel
        if small { options.makeBase() }
        var model = try Trainer.train(training, base: parent, options: options) { progress in
            ModelCommand.printError("\(Int(progress.fraction * 100)) % \(progress.stage)")
        }
        if !test.isEmpty { model = try model.annotated(metrics: Evaluator.evaluate(model, on: test).metrics) }
        try Data(model.serialized()).write(to: URL(fileURLWithPath: out), options: .atomic)
        print(
            "\(out): \(model.header.version), \(training.count) tasks trained, \(calibration.count) held back, "
                + "\(model.serialized().count) bytes, \(ContinuousClock().now - start)")
    }
}
