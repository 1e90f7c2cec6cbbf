import ArgumentParser
import Foundation
import TriageModel

/// Prints what an artifact says about itself.
struct ModelShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints a model's card: version, labels, metrics, lineage.")

    @Argument(help: "Artifact file; without it the base model.")
    var file: String?

    func run() throws {
        let model = try ModelCommand.load(file)
        let header = model.header
        var lines = [
            "version     \(header.version)",
            "parent      \(header.parent ?? "-")",
            "created at  \(header.createdAt.formatted(.iso8601))",
            "sha256      \(header.sha256)",
            "size        \(model.serialized().count) bytes",
        ]
        for (head, labels) in header.labelSets.sorted(by: { $0.key < $1.key }) {
            lines.append("labels      \(head): \(labels.joined(separator: ", "))")
        }
        for (name, value) in header.metrics.sorted(by: { $0.key < $1.key }) {
            lines.append("metric      \(name): \(ModelEvaluate.number(value))")
        }
        for (name, value) in header.lineage.sorted(by: { $0.key < $1.key }) {
            lines.append("lineage     \(name): \(value)")
        }
        print(lines.joined(separator: "\n"))
    }
}
