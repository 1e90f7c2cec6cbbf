import FoundationEssentials
import Rollout
import Testing

/// What no history may do, over thousands of random ones.
@Suite struct CanaryHistoryTests {
    /// A plan with small numbers, so that much happens in few events.
    private func plan(_ generator: inout Seeded) -> CanaryPlan {
        let shares = [[500, 2_500, 5_000, 10_000], [1_000, 10_000], [100, 200, 5_000, 9_000, 10_000], [10_000]]
        return CanaryPlan(
            shares: shares[Int.random(in: 0..<4, using: &generator) % 4],
            shadowAnalyses: Int.random(in: 0...10, using: &generator),
            stepAnswers: Int.random(in: 1...10, using: &generator),
            stepSeconds: Int64.random(in: 0...600, using: &generator), caution: 3,
            horizonAnswers: Int.random(in: 40...200, using: &generator),
            horizonSeconds: Int64.random(in: 600...20_000, using: &generator),
            goal: CanaryPlan.Goal.allCases[Int.random(in: 0..<4, using: &generator)],
            test: SequentialLimits(
                promotionAlpha: 0.2, harmAlpha: 0.2, margin: 0.2, minimumToPromote: 10, minimumToRollBack: 5,
                blockAnswers: Int.random(in: 1...3, using: &generator)))
    }

    private func event(_ generator: inout Seeded, gain: Double) -> CanaryEvent {
        let arm: CanaryArm = Bool.random(using: &generator) ? .champion : .challenger
        switch Int.random(in: 0..<200, using: &generator) {
        case 0: return .command(CanaryCommand(.pause, by: "ada", reason: "r"))
        case 1...4: return .command(CanaryCommand(.resume, by: "ada", reason: "r"))
        case 5:
            return .command(CanaryCommand(Bool.random(using: &generator) ? .promote : .rollBack, by: "a", reason: "r"))
        case 6...20: return .tick
        case 21...60:
            return .served(
                arm, failed: Int.random(in: 0..<50, using: &generator) == 0,
                latencyMilliseconds: Double.random(in: 20...300, using: &generator))
        default:
            let yes = Double.random(in: 0..<1, using: &generator) < (arm == .challenger ? 0.6 + gain : 0.6)
            let answers = Int.random(in: 0...5, using: &generator)
            return .judged(
                arm, score: yes ? 1 : 0,
                earlier: UserTally(answers: answers, score: Double(Int.random(in: 0...answers, using: &generator))))
        }
    }

    @Test func `in no history is a promise broken`() throws {
        var generator = Seeded(2_026)
        var seen: [CanaryEffect.Cause: Int] = [:]
        for history in 0..<3_000 {
            let plan = plan(&generator)
            let gain = Double.random(in: -0.3...0.3, using: &generator)
            var watcher = Watcher(CanaryRollout(plan, at: 0))
            for _ in 0..<400 {
                let wait = Int64.random(in: 0...60, using: &generator)
                let event = event(&generator, gain: gain)
                if let effect = watcher.take(event, after: wait) { seen[effect.cause, default: 0] += 1 }
                if let fault = watcher.fault { return fail("history \(history): \(fault)") }
            }
        }
        // The histories reach everything that may happen.
        for cause in CanaryEffect.Cause.allCases where cause != .slow && cause != .failing && cause != .started {
            #expect(seen[cause, default: 0] > 20, "\(cause)")
        }
    }

    @Test func `a rollout that is stored and read again goes on as if nothing had been`() throws {
        var generator = Seeded(77)
        for history in 0..<20 {
            var rollout = CanaryRollout(plan(&generator), at: 0)
            var stored = rollout
            for index in 0..<150 {
                let event = event(&generator, gain: 0.1)
                let now = Int64(index) * 30_000_000
                let (next, effect) = CanaryRollout.step(rollout, event, at: now)
                let encoded = try JSONEncoder().encode(stored)
                stored = try JSONDecoder().decode(CanaryRollout.self, from: encoded)
                let other = stored.take(event, at: now)
                rollout = next
                if other != effect || stored != rollout { return fail("history \(history), event \(index)") }
            }
        }
    }

    @Test func `a damaged state is refused or goes on, and never crashes`() throws {
        var generator = Seeded(5)
        var (refused, read) = (0, 0)
        for _ in 0..<40 {
            var rollout = CanaryRollout(plan(&generator), at: 0)
            for index in 0..<100 { _ = rollout.take(event(&generator, gain: 0), at: Int64(index) * 1_000_000) }
            let intact = Array(try JSONEncoder().encode(rollout))
            for _ in 0..<50 {
                let damaged = damaged(intact, &generator)
                // Whatever kind of error it is: nothing was read.
                guard var state = try? JSONDecoder().decode(CanaryRollout.self, from: Data(damaged)) else {
                    refused += 1
                    continue
                }
                read += 1
                for index in 0..<60 { _ = state.take(event(&generator, gain: 0), at: Int64(100 + index) * 10_000_000) }
            }
        }
        #expect(refused > 100 && read > 100)
    }

    /// One number of a JSON text replaced by an odd one.
    private func damaged(_ json: [UInt8], _ generator: inout Seeded) -> [UInt8] {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) || byte == 45 || byte == 46 }
        let starts = json.indices.filter { isDigit(json[$0]) && !isDigit(json[$0 - 1]) && json[$0 - 1] != 101 }
        let start = starts[Int.random(in: 0..<starts.count, using: &generator)]
        let end = json[start...].firstIndex { !isDigit($0) } ?? json.endIndex
        let odd = ["0", "-1", "1", "3", "0.5", "1e30", "-1e30", "9223372036854775807", "-9223372036854775808", "null"]
        return json[..<start] + Array(odd[Int.random(in: 0..<odd.count, using: &generator)].utf8) + json[end...]
    }

    @Test func `a user who has the challenger keeps it while the share grows, and loses it by the rollback`() throws {
        for (champion, challenger) in [("base-2", "triage-9"), ("triage-9", "base-2")] {
            var played = Played(
                CanaryPlan(shares: [500, 2_500, 5_000, 10_000], shadowAnalyses: 0, stepAnswers: 1, stepSeconds: 0))
            var before: Set<String> = []
            for share in [500, 2_500, 5_000] {
                #expect(played.rollout.share == share)
                let now = try served(played.rollout, champion, challenger)
                #expect(now.isSuperset(of: before))
                #expect(abs(now.count - share / 5) < 100)
                before = now
                _ = played.command(.pause)
                #expect(try served(played.rollout, champion, challenger) == before)
                _ = played.command(.resume)
                played.judge(1, champion: 1, challenger: 1)
            }
            var promoted = played
            _ = promoted.command(.promote)
            #expect(try served(promoted.rollout, champion, challenger).count == 2_000)
            _ = played.command(.rollBack)
            #expect(try served(played.rollout, champion, challenger).isEmpty)
        }
    }

    /// Those of 2,000 users whom the challenger serves.
    private func served(_ rollout: CanaryRollout, _ champion: String, _ challenger: String) throws -> Set<String> {
        let split = rollout.split(experiment: "rollout-1", champion: champion, challenger: challenger)
        let table = try RoutingTable(
            name: "t", variants: [champion: RouteVariant(provider: "e"), challenger: RouteVariant(provider: "e")],
            otherwise: Route(.split(split)))
        return Set(
            (0..<2_000).map { "user-\($0)" }.filter { table.decide(for: RouteSubject(user: $0)).variant == challenger })
    }
}

/// Follows a rollout and says what promise it broke.
private struct Watcher {
    private(set) var rollout: CanaryRollout
    private(set) var fault: String?
    private var seconds: Int64 = 0
    /// Since the last share: the challenger's judged answers, and seconds that were not paused.
    private var fresh = 0
    private var active: Int64 = 0

    init(_ rollout: CanaryRollout) { self.rollout = rollout }

    mutating func take(_ event: CanaryEvent, after wait: Int64) -> CanaryEffect? {
        seconds += wait
        let before = rollout
        if !before.isPaused { active += wait }
        if case .judged(.challenger, _, _) = event, before.phase == .canary { fresh += 1 }
        let effect = rollout.take(event, at: seconds * 1_000_000)
        check(before, event, effect)
        if effect?.kind == .share { (fresh, active) = (0, 0) }
        return effect
    }

    private mutating func check(_ before: CanaryRollout, _ event: CanaryEvent, _ effect: CanaryEffect?) {
        func must(_ holds: Bool, _ what: String) {
            if !holds { fault = "\(what): \(event), \(effect.map { "\($0)" } ?? "no effect")" }
        }
        if before.phase.isFinal { return must(effect == nil && rollout == before, "something changed after the end") }
        must(rollout.phase == .rolledBack || rollout.share >= before.share, "the share fell")
        guard let effect else {
            return must(rollout.share == before.share && rollout.last == before.last, "changed without an effect")
        }
        must(effect == rollout.last && effect.share == rollout.share, "the effect isn't the state's")
        must((1...2_000).contains(effect.reason.count), "no reason, or an endless one")
        guard effect.cause != .person else {
            if case .command = event { return }
            return must(false, "a command that nobody gave")
        }
        must(effect.reason.contains { $0.isNumber } || before.plan.shares.count == 1, "a reason without numbers")
        switch effect.kind {
        case .rollBack:
            let isHarm = [.harmful, .failing, .slow].contains(effect.cause)
            must(isHarm || !before.isPaused, "rolled back for no harm while paused")
        case .share, .promote:
            must(!before.isPaused, "a step up while paused")
            let isFirst = before.phase == .shadow
            must(isFirst || fresh >= before.plan.stepAnswers, "a step up on \(fresh) new answers")
            must(isFirst || active >= before.plan.stepSeconds, "a step up after \(active) seconds")
            must(!rollout.test.isHarmful, "a step up in spite of harm")
        case .shadow, .pause, .resume: must(false, "not by itself")
        }
    }
}
