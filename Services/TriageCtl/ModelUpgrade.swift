import ArgumentParser
import Foundation
import TriageModel

/// Writes an artifact in the newest format.
struct ModelUpgrade: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Writes a model in the newest format.",
        discussion: """
            Every format that this program reads can be served as it is; the newest is smaller and loads faster. The \
            answers stay the same. The checksum is a new one: to the registry it is another model.
            """)

    @Argument(help: "Artifact file; without it the base model.")
    var file: String?
    @Option(help: "File to write.")
    var out: String

    func run() throws {
        let model = try ModelCommand.load(file)
        let upgraded = try model.packed(pruning: 0)
        try Data(upgraded.serialized()).write(to: URL(fileURLWithPath: out), options: .atomic)
        print(
            "\(out): \(upgraded.header.version), format \(model.card.format) to \(upgraded.card.format), "
                + "\(model.card.bytes) to \(upgraded.card.bytes) bytes, sha256 \(upgraded.header.sha256)")
    }
}
