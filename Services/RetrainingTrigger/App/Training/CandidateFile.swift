import Foundation
import TriageModel

/// What every trainer's work must be, whoever did it, before anything else looks at it.
enum CandidateFile {
    /// The SHA-256 that stands in the artifact, which was read as a whole. Blocks.
    /// - Parameters:
    ///   - version: that it must have.
    ///   - maximumBytes: a larger file isn't read.
    /// - Throws: `TrainingFault`, a final one: who trained said that it is done.
    static func sha256(_ path: String, version: String, within maximumBytes: Int) throws -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)  // nil: it isn't there
        guard let bytes = (attributes?[.size] as? NSNumber)?.intValue else {
            throw TrainingFault(reason: "the trainer wrote no candidate", isFinal: true)
        }
        guard attributes?[.type] as? FileAttributeType == .typeRegular, bytes <= maximumBytes else {
            throw TrainingFault(
                reason: "the candidate is no file of at most \(maximumBytes) bytes, but \(bytes)", isFinal: true)
        }
        let model: TriageModel
        do {
            model = try TriageModel.load(path: path)
        } catch {
            throw TrainingFault(reason: "the candidate can't be loaded: \(error)", isFinal: true)
        }
        guard model.header.version == version else {
            throw TrainingFault(
                reason: "the candidate says that it is \(model.header.version), not \(version)", isFinal: true)
        }
        return model.header.sha256
    }
}
