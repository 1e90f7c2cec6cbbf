// Pure decisions of retraining-trigger: when to train, on what, whether the result may serve, what follows a step.
// No clock, database, broker or file is read here.
package import Contracts

/// When a training starts by itself.
///
/// One of five rules fires: enough new feedback, changed labels, a fall of the acceptance, a drift of what is asked or answered, or the
/// schedule. All of them wait for the end of a training under way and for a cooldown after it, which grows while trainings
/// bring nothing.
package struct TriggerPolicy: Hashable, Sendable {
    /// New feedback items that fire a training.
    package var minimumFeedback: Int
    /// The least time between the end of a training and the start of the next.
    package var cooldown: Duration
    /// Fewer new items than this fire nothing.
    package var minimumSample = 30
    /// A training starts at the latest so long after the last one's end; zero: no schedule.
    package var schedule: Duration = .seconds(7 * 86_400)
    /// By how much the share of accepted suggestions must have fallen.
    package var acceptanceDrop = 0.1
    /// The stability index from which a mix has drifted; by convention .25 is a large shift (Siddiqi 2006).
    package var driftIndex = 0.25
    /// So long no label may have been changed before those changes start a training: a burst of them starts one.
    package var labelsQuiet: Duration = .seconds(60)
    /// The cooldown doubles with each training in a row that brought nothing, up to this.
    package var longestCooldown: Duration = .seconds(86_400)

    package init(minimumFeedback: Int, cooldown: Duration) {
        self.minimumFeedback = minimumFeedback
        self.cooldown = cooldown
    }

    /// Equal input gives an equal answer; the reason names the rule and carries its numbers.
    /// - Parameter signs: what the new feedback says beside its number; `nil` where nobody has looked.
    package func decide(on facts: TriggerFacts, signs: TriggerSigns? = nil, now: EventTime) -> TriggerDecision {
        if let reason = facts.obstacle { return .wait(reason: reason) }
        guard let rule = firing(on: facts, signs: signs, now: now) else {
            return .wait(reason: "\(Self.count(facts)), \(minimumFeedback) needed")
        }
        guard let ended = facts.lastTrainingEnded else { return .start(reason: rule) }
        let elapsed = Self.elapsed(from: ended, to: now)
        let needed = currentCooldown(facts)
        guard elapsed >= needed else {
            let idle = facts.inVain == 0 ? "" : " after \(facts.inVain) in vain"
            return .wait(
                reason:
                    "\(Self.count(facts)), but the last training ended \(max(0, elapsed.components.seconds)) s ago, "
                    + "\(needed.components.seconds) s needed\(idle)")
        }
        return .start(reason: rule)
    }

    /// Why a training that a rule asks for doesn't start yet: the cooldown. Nil when no rule does, or it starts.
    package func heldBack(on facts: TriggerFacts, signs: TriggerSigns? = nil, now: EventTime) -> String? {
        guard facts.obstacle == nil, firing(on: facts, signs: signs, now: now) != nil,
            case .wait(let reason) = decide(on: facts, signs: signs, now: now)
        else { return nil }
        return reason
    }

    /// Whether `signs` could change the decision: they cost a look at the feedback itself.
    package func wantsSigns(on facts: TriggerFacts, now: EventTime) -> Bool {
        guard !facts.isTraining, facts.newFeedback >= minimumSample, facts.newFeedback < minimumFeedback else {
            return false
        }
        guard let ended = facts.lastTrainingEnded else { return true }
        return Self.elapsed(from: ended, to: now) >= currentCooldown(facts)
    }

    private func currentCooldown(_ facts: TriggerFacts) -> Duration {
        guard facts.inVain > 0, cooldown < longestCooldown else { return cooldown }
        // Twenty doublings of a second are twelve days.
        return min(cooldown * (1 << min(facts.inVain, 20)), longestCooldown)
    }

    private func firing(on facts: TriggerFacts, signs: TriggerSigns?, now: EventTime) -> String? {
        if facts.newFeedback >= minimumFeedback { return "\(Self.count(facts)), \(minimumFeedback) needed" }
        if facts.labelChanges > 0, facts.knownFeedback >= minimumSample, let last = facts.lastLabelChange,
            Self.elapsed(from: last, to: now) >= labelsQuiet
        {
            return "labels changed: \(facts.labelChanges) change\(facts.labelChanges == 1 ? "" : "s") that no version "
                + "was trained with; \(facts.knownFeedback) feedback items known, \(Self.count(facts))"
        }
        guard facts.newFeedback >= minimumSample else { return nil }
        if let signs {
            if let drop = signs.acceptanceDrop(of: acceptanceDrop, minimum: minimumSample) { return drop }
            if let drift = signs.drift(from: driftIndex) { return drift }
        }
        guard schedule > .zero, let ended = facts.lastTrainingEnded else { return nil }
        let elapsed = Self.elapsed(from: ended, to: now)
        guard elapsed >= schedule else { return nil }
        return "schedule: the last training ended \(elapsed.components.seconds / 3_600) h ago, "
            + "\(schedule.components.seconds / 3_600) h needed; \(Self.count(facts))"
    }

    private static func count(_ facts: TriggerFacts) -> String {
        "\(facts.newFeedback) new feedback item\(facts.newFeedback == 1 ? "" : "s")"
    }

    private static func elapsed(from: EventTime, to: EventTime) -> Duration {
        .microseconds(to.microseconds - from.microseconds)
    }
}

/// Whether to train now, and why.
package enum TriggerDecision: Hashable, Sendable {
    case start(reason: String)
    case wait(reason: String)
}
