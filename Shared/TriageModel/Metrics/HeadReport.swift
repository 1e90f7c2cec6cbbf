/// What `HeadEvaluator` found out about one head; JSON in snake_case.
package struct HeadReport: Sendable, Equatable, Codable {
    package let head: String
    /// How the rows were divided, in words.
    package let design: String
    /// Tasks trained on; the mean of the folds where there are several.
    package let trained: Int
    package let judged: Int
    /// Category and priority.
    package let labels: ProjectMetrics?
    package let effort: EffortMetrics?
    /// The labels head.
    package let sets: SetMetrics?
    /// What costs nothing: always the most frequent label of the project (mean macro-F1), or the median of its points
    /// (mean error).
    package let plainAnswer: Double?
    /// The effort head's tasks with enough evidence: the error that the median of their projects makes; compare with
    /// `effort.maeWithEvidence`.
    package let medianErrorWithEvidence: Double?
    /// Seconds of one training, features and calibration included; the mean of the folds.
    package let trainingSeconds: Double
    /// Median time of one prediction, without reasons.
    package let predictionMicroseconds: Double
    /// Size of the last artifact.
    package let artifactBytes: Int
    /// The embedding model, where one was asked.
    package let embeddings: String?
    /// Tasks whose answer comes from words and vectors.
    package let judgedWithVectors: Int

    enum CodingKeys: String, CodingKey {
        case head, design, trained, judged, labels, effort, sets, embeddings
        case judgedWithVectors = "judged_with_vectors"
        case plainAnswer = "plain_answer"
        case medianErrorWithEvidence = "median_error_with_evidence"
        case trainingSeconds = "training_seconds"
        case predictionMicroseconds = "prediction_microseconds"
        case artifactBytes = "artifact_bytes"
    }
}

/// Why a head couldn't be judged.
package struct HeadEvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case noLabels, noTrainingRows, noTestRows, oneLabel, training
    }

    package let code: Code
    package let reason: String

    package var description: String { reason }
}
