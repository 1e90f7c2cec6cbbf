import Contracts
import Foundation
import Messaging
import Testing

/// Relay, retry policy and batch policy under thousands of random histories. A history is replayed by its seed:
/// `TRIAGELOOP_SIMULATION_SEED=N`; more of them are run by `TRIAGELOOP_SIMULATION_SEEDS=100000`.
struct SimulationTests {
    static let lanes = 4
    static let seedsInAll =
        Int(ProcessInfo.processInfo.environment["TRIAGELOOP_SIMULATION_SEEDS"] ?? "") ?? defaultSeeds
    #if DEBUG
        static let defaultSeeds = 500
    #else
        static let defaultSeeds = 10_000
    #endif

    /// Seeds that once failed.
    static let regressions: [UInt64] = []

    @Test(arguments: 0..<lanes)
    func `nothing is lost, doubled or tried for ever`(lane: Int) {
        var seeds = stride(from: lane, to: Self.seedsInAll, by: Self.lanes).map(UInt64.init) + Self.regressions
        if let only = ProcessInfo.processInfo.environment["TRIAGELOOP_SIMULATION_SEED"].flatMap(UInt64.init) {
            seeds = [only]
        }
        var failures = 0
        for seed in seeds where failures < 3 {
            var simulation = Simulation(seed: seed)
            for violation in simulation.run() {
                Issue.record("TRIAGELOOP_SIMULATION_SEED=\(seed): \(violation)")
            }
            if !simulation.violations.isEmpty { failures += 1 }
        }
    }

    @Test(arguments: [3, 1_000_000, Int.max])
    func `a message that claims more attempts than there are is dead, whatever it claims`(attempt: Int) {
        guard case .bury(let reason) = RetryPolicy().settle(.retry(reason: "no"), attempt: attempt) else {
            Issue.record("not dead after \(attempt) attempts")
            return
        }
        #expect(reason.code == .attemptsExhausted)
    }

    @Test(arguments: Omission.allCases)
    func `without one of its safeguards the system is caught`(omission: Omission) {
        let seed = (UInt64(0)..<500).first { seed in
            var simulation = Simulation(seed: seed, without: omission)
            return !simulation.run().isEmpty
        }
        #expect(seed != nil, "500 histories did not need \(omission)")
    }

    @Test func `the same seed gives the same history`() {
        for seed in UInt64(0)..<50 {
            var first = Simulation(seed: seed)
            var second = Simulation(seed: seed)
            #expect(first.run() == second.run())
            #expect(first.now == second.now && first.faults == second.faults && first.done == second.done)
        }
    }

    /// Faults that never come up prove nothing.
    @Test func `every kind of fault hits, and work gets done meanwhile`() {
        var faults: [String: Int] = [:]
        var accepted = 0
        var analysed = 0
        var dead = 0
        for seed in UInt64(0)..<300 {
            var simulation = Simulation(seed: seed)
            _ = simulation.run()
            faults.merge(simulation.faults, uniquingKeysWith: +)
            accepted += simulation.accepted.count
            analysed += simulation.store.analyses.count
            dead += simulation.broker.dead.count
        }
        let kinds = [
            "died before the commit of a task", "died after the commit of a task", "task-api died", "ai-analyzer died",
            "broker died", "publisher cut", "consumer cut", "confirm lost", "refused", "deletion failed", "swept",
            "database away", "batch waits", "died before the commit of an effect", "died before the acknowledgement",
        ]
        for kind in kinds { #expect(faults[kind, default: 0] >= 30, "\(kind)") }
        #expect(accepted > 1_000 && analysed > 700 && dead > 100, "\(accepted) \(analysed) \(dead)")
    }
}
