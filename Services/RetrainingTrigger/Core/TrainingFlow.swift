package import Contracts

/// What came of the work of one state.
package enum StepOutcome: Hashable, Sendable {
    case done(reason: String)
    /// The version is registered, and its rollout has begun with this state.
    case rollout(TrainingState, reason: String)
    /// The candidate must not serve, or there is nothing to learn; trying again would say the same.
    case rejected(reason: String)
    /// Something has to be put right by a person first; trying again before that would say the same.
    case failed(reason: String)
    /// Something went wrong that may go right next time.
    case fault(reason: String)
}

/// What follows.
package enum TrainingStep: Hashable, Sendable {
    case move(to: TrainingState, reason: String)
    /// The same state once more.
    case again(attempts: Int, reason: String)
}

/// The states of a training and what leads from one to the next:
/// `queued → snapshotting → validating → training → evaluating → registering → champion`, or `rejected`, or `failed`;
/// between `registering` and `champion` or `rolled_back` there may be `shadow` and `canary`, which the rollout leads.
package enum TrainingFlow {
    /// Faults and lost owners that a training survives, all states together, less one.
    package static let maximumAttempts = 3

    /// What follows the work of a state.
    /// - Parameter attempts: faults and lost owners so far.
    package static func next(
        after state: TrainingState, attempts: Int, outcome: StepOutcome
    ) -> TrainingStep {
        precondition(!state.isFinal && !state.isRollout, "nobody works on \(state.rawValue)")
        switch outcome {
        case .done(let reason): return .move(to: successor(of: state), reason: reason)
        case .rollout(let state, let reason): return .move(to: state, reason: reason)
        case .rejected(let reason): return .move(to: .rejected, reason: reason)
        case .failed(let reason): return .move(to: .failed, reason: reason)
        case .fault(let reason):
            guard attempts + 1 < maximumAttempts else {
                return .move(to: .failed, reason: "\(attempts + 1) attempts, the last one while \(state): \(reason)")
            }
            return .again(attempts: attempts + 1, reason: reason)
        }
    }

    /// What to do with a training that somebody else has left behind; `nil`: go on with its state.
    /// - Parameter attempts: with the lost owner counted.
    package static func resume(_ state: TrainingState, attempts: Int) -> TrainingStep? {
        guard attempts >= maximumAttempts else { return nil }
        return .move(to: .failed, reason: "\(attempts) attempts, the last one was lost while \(state)")
    }

    private static func successor(of state: TrainingState) -> TrainingState {
        switch state {
        case .queued: .snapshotting
        case .snapshotting: .validating
        case .validating: .training
        case .training: .evaluating
        case .evaluating: .registering
        case .registering, .shadow, .canary, .champion: .champion
        case .rejected: .rejected
        case .rolledBack: .rolledBack
        case .failed: .failed
        }
    }
}

/// The name of the version that a training makes: the same whenever it is asked.
package enum ModelVersion {
    /// `m-20261122-230509-1f3a`: when the training was queued, and the last digits of its id.
    package static func name(training: Identifier, queuedAt: EventTime) -> String {
        let time = queuedAt.description.filter(\.isNumber)
        return "m-\(time.prefix(8))-\(time.dropFirst(8).prefix(6))-\(training.description.suffix(4))"
    }
}
