package import Contracts

/// What the policy decides on, cheap to read.
package struct TriggerFacts: Hashable, Sendable {
    /// Items that no training has counted yet.
    package var newFeedback: Int
    package var isTraining: Bool
    /// Whether that training's version is on its way to all users, in shadow or canary.
    package var isRollingOut: Bool
    /// When the last training ended, in whatever way.
    package var lastTrainingEnded: EventTime?
    /// Trainings in a row, the last one among them, that gave no champion.
    package var inVain: Int
    /// Renames, merges and retirements of labels that no training has gone by yet.
    package var labelChanges = 0
    /// When the last of them came.
    package var lastLabelChange: EventTime?
    /// Feedback items that are known at all, counted or not; 0 where no label was changed.
    package var knownFeedback = 0

    package init(
        newFeedback: Int, isTraining: Bool, isRollingOut: Bool = false, lastTrainingEnded: EventTime?, inVain: Int = 0
    ) {
        self.newFeedback = newFeedback
        self.isTraining = isTraining
        self.isRollingOut = isRollingOut
        self.lastTrainingEnded = lastTrainingEnded
        self.inVain = inVain
    }

    /// Why nothing may start whatever else is true: one at a time.
    package var obstacle: String? {
        isRollingOut ? "a rollout is under way" : (isTraining ? "a training is under way" : nil)
    }
}
