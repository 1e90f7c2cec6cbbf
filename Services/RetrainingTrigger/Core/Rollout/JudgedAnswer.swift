package import Contracts
package import Rollout

/// What a person's feedback says of one of the two versions of a rollout.
package struct JudgedAnswer: Hashable, Sendable {
    package var arm: CanaryArm
    /// The share of the suggested fields that were judged as suggested: accepted, or said by somebody who saw no suggestion.
    /// How many see none is the same for both versions: the buckets have nothing to do with each other.
    package var score: Double

    /// Nil when it says nothing of them: another version's suggestions, some from before the canary, or none at all.
    /// - Parameter since: when the first users got the challenger.
    package init?(_ feedback: FeedbackRecorded, champion: String, challenger: String, since: EventTime) {
        switch feedback.modelVersion {
        case champion: arm = .champion
        case challenger: arm = .challenger
        default: return nil
        }
        // Events of older services don't tell when they were analysed; it was after the task was made.
        guard (feedback.analysedAt ?? feedback.task.createdAt).microseconds >= since.microseconds else { return nil }
        let answers = feedback.fields.compactMap(\.agreement)
        guard !answers.isEmpty else { return nil }
        score = Double(answers.count { $0 }) / Double(answers.count)
    }
}
