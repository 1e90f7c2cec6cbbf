package import Contracts

/// What a handler says of one event.
package enum Outcome: Hashable, Sendable {
    /// Its effect is committed, now or by an earlier delivery.
    case done
    /// It may succeed later.
    case retry(reason: String)
    /// It never will.
    case deadLetter(code: ErrorCode, reason: String, brokenRules: [BrokenRule])

    package static func deadLetter(_ rejection: EventCoder.Rejection) -> Outcome {
        .deadLetter(code: rejection.code, reason: rejection.reason, brokenRules: rejection.brokenRules)
    }
}

/// What the consumer does with one delivery.
package enum Settlement: Hashable, Sendable {
    case acknowledge
    /// Publish a copy to the waiting room, then acknowledge.
    case republish(delayMilliseconds: Int, attempt: Int, reason: String)
    /// Publish a copy with the reason to the dead letters, then acknowledge.
    case bury(DeadLetterReason)
}

/// Why a message is dead, as its headers say.
package struct DeadLetterReason: Hashable, Sendable {
    package let code: ErrorCode
    package let reason: String
    package let brokenRules: [BrokenRule]
    package let attempt: Int
}

/// How often and after which waits a message is tried again.
package struct RetryPolicy: Hashable, Sendable {
    /// The waits between attempts; attempts in all: one more.
    package let delaysMilliseconds: [Int]

    package init(delaysMilliseconds: [Int] = Topology.retryDelaysMilliseconds) {
        self.delaysMilliseconds = delaysMilliseconds
    }

    /// Settles one delivery. Equal input gives an equal answer.
    /// - Parameter attempt: how often it has been tried before this time, from our own header (the broker's count
    ///   starts again on every hop).
    package func settle(_ outcome: Outcome, attempt: Int) -> Settlement {
        switch outcome {
        case .done: return .acknowledge
        case .deadLetter(let code, let reason, let rules):
            return .bury(DeadLetterReason(code: code, reason: reason, brokenRules: rules, attempt: attempt))
        case .retry(let reason):
            // A peer can write any number into the header: one that no wait belongs to is not counted with.
            guard delaysMilliseconds.indices.contains(attempt) else {
                let attempts = attempt < Int.max ? "\(attempt + 1)" : "too many"
                return .bury(
                    DeadLetterReason(
                        code: .attemptsExhausted, reason: "\(attempts) attempts, the last one: \(reason)",
                        brokenRules: [], attempt: attempt))
            }
            return .republish(delayMilliseconds: delaysMilliseconds[attempt], attempt: attempt + 1, reason: reason)
        }
    }
}

/// What to do when a whole batch threw.
package enum BatchFailure: Hashable, Sendable {
    /// The database or the broker is away: nobody's fault, wait and do the same batch again.
    case pause
    /// One of them may be to blame: each alone.
    case split
    /// This one is to blame.
    case retrySingle

    /// - Parameters:
    ///   - isInfrastructure: whether the error says that a dependency can't be reached.
    ///   - count: how many events the batch has.
    package static func decide(isInfrastructure: Bool, count: Int) -> BatchFailure {
        if isInfrastructure { return .pause }
        return count > 1 ? .split : .retrySingle
    }
}
