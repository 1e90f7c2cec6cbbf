package import Contracts

/// Makes a model from a snapshot, wherever it does it.
package protocol ModelTrainer: Sendable {
    /// Writes the artifact to `order.output`. The same order gives the same bytes, so that a training that was
    /// interrupted can be repeated.
    /// - Throws: `TrainingFault`; `CancellationError` after the work was stopped.
    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws
}

/// What to train.
package struct TrainingOrder: Sendable, Hashable {
    /// The folder of the snapshot.
    package let snapshot: String
    /// The artifact to start from.
    package let base: String
    /// The version that the artifact gets.
    package let version: String
    /// When the version was asked for; stands in the artifact.
    package let createdAt: EventTime
    /// The file to write.
    package let output: String
    /// The vectors of the snapshot's texts, if there are any.
    package let vectors: TrainingVectors?
    /// The training; a retry has the same.
    package let id: Identifier
    /// Whose story the training is.
    package let story: Story

    /// As `train-child`, and whoever else trains, takes them.
    var arguments: [String] {
        [
            "--snapshot", snapshot, "--base", base, "--version", version, "--created-at", createdAt.description,
            "--out", output,
        ] + (vectors?.arguments ?? [])
    }
}

/// Vectors of a snapshot's texts, and who made them.
package struct TrainingVectors: Sendable, Hashable {
    /// The file.
    package let path: String
    /// The embedding model.
    package let model: String

    /// As the child command takes them.
    var arguments: [String] { ["--vectors", path, "--embedding-model", model] }
}

/// Why a step came to nothing.
package struct TrainingFault: Error, Hashable, CustomStringConvertible {
    package let reason: String
    /// Trying again would say the same: the data or the candidate are to blame.
    package let isFinal: Bool

    package init(reason: String, isFinal: Bool = false) {
        self.reason = reason
        self.isFinal = isFinal
    }

    package var description: String { reason }
}

/// Trains in a child process of this very program, with a low priority and a limit on its memory, so that it disturbs
/// nothing that serves.
struct EmbeddedTrainer: ModelTrainer {
    let child: ChildProgram

    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        _ = try await child.run([ChildCommand.train] + order.arguments, progress: progress)
    }
}
