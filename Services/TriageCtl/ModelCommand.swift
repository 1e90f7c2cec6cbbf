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
            throw CommandFailure(.badData, "\(path ?? "base model"): \(error)")
        }
    }

    /// The file to write: links are followed, and only a regular file is replaced.
    static func output(_ path: String) throws -> String {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let folder = resolved.deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw CommandFailure(.failed, "\(path): there is no folder \(folder)")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw CommandFailure(.failed, "\(path): \(folder) can't be written to")
        }
        guard FileManager.default.fileExists(atPath: resolved.path) else { return resolved.path }
        let attributes = try FileManager.default.attributesOfItem(atPath: resolved.path)
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw CommandFailure(.failed, "\(path): not a regular file, so it isn't replaced")
        }
        return resolved.path
    }

    static func printError(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
