import Rollout
import Testing

@Suite struct ServedCountsTests {
    private func served(_ counts: ServedCounts) -> [(arm: CanaryArm, failed: Bool, milliseconds: Double)] {
        counts.events.compactMap {
            guard case .served(let arm, let failed, let milliseconds) = $0 else { return nil }
            return (arm, failed, milliseconds)
        }
    }

    @Test func `counts become as many events, evenly mixed`() {
        let counts = ServedCounts(
            champion: .init(failures: 2, latencies: [(1, 30), (4, 8)]),
            challenger: .init(failures: 5, latencies: [(2, 5)]))
        let events = served(counts)
        #expect(events.count == 50)
        for arm in CanaryArm.allCases {
            let own = events.filter { $0.arm == arm }
            #expect(own.count == (arm == .champion ? 40 : 10))
            #expect(own.count { $0.failed } == (arm == .champion ? 2 : 5))
        }
        #expect(events.count { !$0.failed && $0.milliseconds == 4 } == 8)
        // In each fifth of them about a fifth of the challenger's, and a half of those fail.
        for start in stride(from: 0, to: 50, by: 10) {
            let part = events[start..<start + 10].filter { $0.arm == .challenger }
            #expect((1...3).contains(part.count))
        }
        #expect((2...3).contains(events.prefix(25).count { $0.arm == .challenger && $0.failed }))
    }

    @Test func `nothing is nothing, and one arm alone is one arm alone`() {
        #expect(ServedCounts().events.isEmpty)
        #expect(served(ServedCounts(challenger: .init(failures: 3))).count { $0.failed } == 3)
    }

    @Test func `a challenger that can't answer is rolled back in any phase, paused or not`() {
        for shadow in [0, 10] {
            var rollout = CanaryRollout(CanaryPlan(shadowAnalyses: shadow), at: 0)
            _ = rollout.take(.command(CanaryCommand(.pause, by: "mia", reason: "x")), at: 1)
            let effect = rollout.take(.broken(reason: "no such file"), at: 2)
            #expect(effect?.kind == .rollBack && effect?.cause == .failing)
            #expect(rollout.phase == .rolledBack)
            #expect(rollout.take(.broken(reason: "again"), at: 3) == nil)
        }
    }
}
