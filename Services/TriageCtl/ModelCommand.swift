import ArgumentParser
import Foundation
import TriageModel

/// `triagectl model …`: the built-in model, without any server.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Trains, evaluates and shows the built-in model.",
        subcommands: [ModelTrain.self, ModelEvaluate.self, ModelShow.self, ModelLearningLoop.self])
}

extension ModelCommand {
    /// The model of a file, or the base model.
    static func load(_ path: String?) throws -> TriageModel {
        do throws(ArtifactError) {
            guard let path else { return try TriageModel.base() }
            return try TriageModel.load(path: path)
        } catch {
            throw ValidationError("\(path ?? "base model"): \(error)")
        }
    }

    static func printError(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
