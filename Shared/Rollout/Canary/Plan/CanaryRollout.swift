/// One challenger's way to all users, or back: a pure state machine.
///
/// Tell it what happens (``take(_:at:)``) and do what it answers; store it in the same transaction. Promises:
/// - it begins a share, and promotes, only on answers that came after the last change: never two steps on the same evidence;
/// - proof of harm, failures and slowness roll back at any step, also while it is paused; so does a broken challenger;
/// - paused, it does nothing else by itself, and the time doesn't count;
/// - promoted and rolled back are final: whatever comes later changes nothing;
/// - each change says why, in a sentence with numbers;
/// - a user who has the challenger keeps it while the share grows (``split(experiment:champion:challenger:)``).
///
/// Times are microseconds since 1970; one that lies before an earlier one counts as that.
package struct CanaryRollout: Codable, Hashable, Sendable {
    package enum Phase: String, Codable, Hashable, Sendable, CaseIterable {
        /// The challenger answers unseen.
        case shadow
        /// Some users have the challenger.
        case canary
        case promoted
        case rolledBack = "rolled_back"

        package var isFinal: Bool { self == .promoted || self == .rolledBack }
    }

    package let plan: CanaryPlan
    package private(set) var phase = Phase.shadow
    /// Index of the current share in the plan's.
    package private(set) var step = 0
    package private(set) var test: SequentialTest
    package private(set) var guardrails: Guardrails
    /// The last change.
    package private(set) var last: CanaryEffect
    private var clock: Int64
    /// When the shadow or the first share began, later by the length of pauses since.
    private var beganAt: Int64
    /// When this share began, likewise.
    private var enteredAt: Int64
    private var pausedAt: Int64?
    /// The challenger's judged answers when this share began.
    private var answersBefore = 0

    /// A rollout that begins now; ``last`` is what to do first. The plan must be without ``CanaryPlan/faults()``.
    package init(_ plan: CanaryPlan, at now: Int64) {
        let faults = plan.faults()
        precondition(faults.isEmpty, faults.joined(separator: "; "))
        self.plan = plan
        test = SequentialTest(plan.test)
        guardrails = Guardrails(plan.guardrails)
        clock = Self.bounded(now)
        beganAt = clock
        enteredAt = clock
        last = CanaryEffect(
            kind: .shadow, cause: .started, share: 0,
            reason: "the challenger runs unseen beside the champion for \(plan.shadowAnalyses) analyses")
        if plan.shadowAnalyses == 0 { _ = enter(0, .started, "a plan without a shadow") }
    }

    /// The state after an event, and what to do; the same as ``take(_:at:)``, as a function.
    package static func step(
        _ state: CanaryRollout, _ event: CanaryEvent, at now: Int64
    ) -> (state: CanaryRollout, effect: CanaryEffect?) {
        var state = state
        let effect = state.take(event, at: now)
        return (state, effect)
    }

    /// Takes in what happened; gives what to do about it, mostly nothing. Equal histories give equal answers.
    package mutating func take(_ event: CanaryEvent, at now: Int64) -> CanaryEffect? {
        guard !phase.isFinal else { return nil }
        clock = max(clock, Self.bounded(now))
        switch event {
        case .judged(let arm, let score, let earlier):
            // In shadow nobody sees the challenger: there is nothing to compare with.
            guard phase == .canary else { return nil }
            test.record(arm, score: score, earlier: earlier)
        case .served(let arm, let failed, let latency):
            guardrails.record(arm, failed: failed, latencyMilliseconds: latency)
        case .broken(let reason): return end(.rolledBack, .failing, reason)
        case .tick: break
        case .command(let command): return obey(command)
        }
        return decide()
    }

    package var isPaused: Bool { pausedAt != nil }

    /// The challenger's share of the users, in hundredths of a percent.
    package var share: Int {
        switch phase {
        case .shadow, .rolledBack: 0
        case .canary: plan.shares[step]
        case .promoted: Split.whole
        }
    }

    /// Whom the challenger serves now. The experiment's name should be the rollout's own: it salts the buckets.
    package func split(experiment: String, champion: String, challenger: String) -> Split {
        Split(experiment: experiment, weights: [champion: Split.whole - share, challenger: share])
    }

    /// Why a command would change nothing; nil when it would.
    package func refusal(of action: CanaryCommand.Action) -> String? {
        if phase.isFinal { return "the rollout has ended: \(last.reason)" }
        switch action {
        case .pause: return isPaused ? "the rollout is paused already" : nil
        case .resume: return isPaused ? nil : "the rollout is not paused"
        case .promote, .rollBack: return nil
        }
    }
}

extension CanaryRollout {
    /// What follows by itself.
    private mutating func decide() -> CanaryEffect? {
        switch guardrails.breach {
        case .failing(let reason): return end(.rolledBack, .failing, reason)
        case .slow(let reason): return end(.rolledBack, .slow, reason)
        case nil: break
        }
        if test.isHarmful { return end(.rolledBack, .harmful, "worse: \(evidence(.harmful))") }
        guard !isPaused else { return nil }
        return phase == .shadow ? decideInShadow() : decideInCanary()
    }

    private mutating func decideInShadow() -> CanaryEffect? {
        let seen = guardrails.served.challenger
        if seen >= plan.shadowAnalyses {
            return enter(0, .stepPassed, "\(seen) analyses in shadow broke no guardrail")
        }
        guard elapsed(since: beganAt) >= plan.horizonSeconds else { return nil }
        return end(
            .rolledBack, .unproven,
            "\(seen) analyses in shadow in \(CanaryText.duration(seconds: plan.horizonSeconds)), "
                + "\(plan.shadowAnalyses) needed")
    }

    private mutating func decideInCanary() -> CanaryEffect? {
        let fresh = test.answers.challenger - answersBefore
        let hasPassed = fresh >= plan.stepAnswers && elapsed(since: enteredAt) >= plan.stepSeconds
        let isLast = plan.shares[step + 1] == Split.whole
        if hasPassed && isLast, let proof = proof(isOver: false) {
            return end(.promoted, proof, "\(words(proof)): \(evidence(proof))")
        }
        if hasPassed && !isLast && test.harm.capital < plan.caution {
            return enter(
                step + 1, .stepPassed,
                "\(fresh) answers of the challenger since \(Percent.text(share)) % began show no harm; \(test.summary)")
        }
        let active = elapsed(since: beganAt)
        guard active >= plan.horizonSeconds || test.answers.challenger >= plan.horizonAnswers else { return nil }
        if let proof = proof(isOver: true) {
            if hasPassed { return end(.promoted, proof, "\(words(proof)), at the horizon: \(evidence(proof))") }
            // The share is new: it gets the time to bring its own answers, but not for ever.
            if active < 2 * plan.horizonSeconds { return nil }
        }
        return end(
            .rolledBack, .unproven,
            "nothing shown after \(CanaryText.duration(seconds: active)): \(evidence(.unproven))")
    }

    /// What promotes it, as far as the plan takes it for enough.
    private func proof(isOver: Bool) -> CanaryEffect.Cause? {
        if test.isBetter { return .better }
        switch plan.goal {
        case .notWorse where test.isNotWorse, .notWorseAtHorizon where isOver && test.isNotWorse: return .notWorse
        case .noHarm where isOver && test.mayTellHarm && test.harm.capital < plan.caution: return .noHarm
        default: return nil
        }
    }

    private func words(_ proof: CanaryEffect.Cause) -> String {
        switch proof {
        case .better: "better"
        case .noHarm: "no sign of harm"
        default: "not worse by \(CanaryText.margin(plan.test.margin))"
        }
    }

    private mutating func obey(_ command: CanaryCommand) -> CanaryEffect? {
        guard refusal(of: command.action) == nil else { return nil }
        let reason = "by \(command.by): \(command.reason)"
        switch command.action {
        case .pause:
            pausedAt = clock
            return change(.pause, .person, "paused \(reason)")
        case .resume:
            let pause = clock - (pausedAt ?? clock)
            pausedAt = nil
            beganAt += pause
            enteredAt += pause
            return change(.resume, .person, "resumed \(reason)")
        case .promote: return end(.promoted, .person, "\(reason); \(test.summary)")
        case .rollBack: return end(.rolledBack, .person, "\(reason); \(test.summary)")
        }
    }

    private mutating func enter(_ next: Int, _ cause: CanaryEffect.Cause, _ reason: String) -> CanaryEffect {
        guard plan.shares[next] < Split.whole else { return end(.promoted, cause, "the plan has no canary; \(reason)") }
        if phase == .shadow { beganAt = clock }
        phase = .canary
        step = next
        enteredAt = clock
        answersBefore = test.answers.challenger
        return change(.share, cause, "\(Percent.text(share)) % of the users get the challenger: \(reason)")
    }

    private mutating func end(_ phase: Phase, _ cause: CanaryEffect.Cause, _ reason: String) -> CanaryEffect {
        self.phase = phase
        return phase == .promoted
            ? change(.promote, cause, "promoted: \(reason)") : change(.rollBack, cause, "rolled back: \(reason)")
    }

    private mutating func change(
        _ kind: CanaryEffect.Kind, _ cause: CanaryEffect.Cause, _ reason: String
    ) -> CanaryEffect {
        last = CanaryEffect(kind: kind, cause: cause, share: share, reason: reason)
        return last
    }

    private static func bounded(_ time: Int64) -> Int64 {
        min(max(time, StoredNumbers.times.lowerBound), StoredNumbers.times.upperBound)
    }

    private func elapsed(since start: Int64) -> Int64 { (clock - start) / 1_000_000 }

    private func evidence(_ cause: CanaryEffect.Cause) -> String {
        let limits = plan.test
        let gain = "for a gain \(CanaryText.evidence(test.gain, alpha: limits.promotionAlpha))"
        let equal =
            "for not worse by \(CanaryText.margin(limits.margin)) "
            + CanaryText.evidence(test.notWorse, alpha: limits.promotionAlpha)
        let bets =
            switch cause {
            case .harmful, .noHarm: "for harm \(CanaryText.evidence(test.harm, alpha: limits.harmAlpha))"
            case .better: gain
            case .notWorse: equal
            default: "\(gain), \(equal)"
            }
        return "\(test.summary); \(bets)"
    }
}

extension CanaryRollout {
    /// - Throws: `DecodingError` for a state that no rollout can have; it is never half taken.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        plan = try container.decode(CanaryPlan.self, forKey: .plan)
        phase = try container.decode(Phase.self, forKey: .phase)
        step = try container.decode(Int.self, forKey: .step)
        test = try container.decode(SequentialTest.self, forKey: .test)
        guardrails = try container.decode(Guardrails.self, forKey: .guardrails)
        last = try container.decode(CanaryEffect.self, forKey: .last)
        clock = try container.decode(Int64.self, forKey: .clock)
        beganAt = try container.decode(Int64.self, forKey: .beganAt)
        enteredAt = try container.decode(Int64.self, forKey: .enteredAt)
        pausedAt = try container.decodeIfPresent(Int64.self, forKey: .pausedAt)
        answersBefore = try container.decode(Int.self, forKey: .answersBefore)
        let faults = plan.faults()
        try container.check(faults.isEmpty, .plan, faults.joined(separator: "; "))
        // A canary has a next share.
        try container.check(
            (0..<(plan.shares.count - (phase == .canary ? 1 : 0))).contains(step), .step, "no such share")
        let times = [clock, beganAt, enteredAt, pausedAt ?? clock]
        try container.check(times.allSatisfy(StoredNumbers.times.contains), .clock, "times beyond all years")
        try container.check(
            (0...test.answers.challenger).contains(answersBefore), .answersBefore, "more answers before than at all")
    }
}
