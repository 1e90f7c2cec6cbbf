import Contracts
import Foundation
import Postgres
import TestSupport
import Testing

/// What is served is what history gives: with the real programs, two replicas, kill -9 and every event delivered twice.
@Suite(.serialized) struct FeatureParityTests {
    private static let tasks = 10_000

    @Test
    func `10,000 served predictions under feedback, edits, kill -9 and redelivery: no mismatch, and faults are found`()
        async throws
    {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            // One that forgets states all the time beside one that doesn't.
            try await system.withTwin(of: .aiAnalyzer, settings: ["TRIAGELOOP_FEATURE_STATES": "100"]) { twin in
                let recorder = FeatureRecorder(system: system)
                try await recorder.start()
                let load = FeatureLoad(system)
                try await Self.run(load, system, twin)
                try await system.database.withPool { pool in
                    try await Self.waitUntilDone(pool, load.counts)
                    let before = try await Ledger(pool)
                    try await Self.check(before, load.counts)

                    // Every event once more, and the damage of a state that was written down.
                    try await pool.execute("UPDATE analysis.feature_states SET state = '\\x00'")
                    await twin.end(SIGKILL)
                    try twin.start()
                    let repeated = try await recorder.repeatAll()
                    #expect(repeated == load.counts.tasks.count + load.counts.judgements + load.counts.edits)
                    try await load.run(100, users: 150, projects: 3)
                    try await Self.waitUntilDone(pool, load.counts)
                    try await Self.check(try await Ledger(pool), load.counts)

                    try await Self.parity(system, pool, before)
                    try await Self.breakIt(system, pool)
                }
            }
        }
    }

    private static func run(_ load: FeatureLoad, _ system: RunningSystem, _ twin: ServiceProcess) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await load.run(tasks, users: 150, projects: 3) }
            group.addTask {
                let replicas = [try system.service(.aiAnalyzer), twin]
                for round in 1...4 {
                    try await eventually("the load has come so far", within: .seconds(300)) {
                        load.counts.tasks.count > round * tasks / 5
                    }
                    let replica = replicas[round % 2]
                    await replica.end(SIGKILL)
                    try replica.start()
                    try await system.waitUntilReady(replica)
                }
                #expect(replicas.flatMap(\.endedBySignals) == [9, 9, 9, 9])
            }
            try await group.waitForAll()
        }
    }

    private static func waitUntilDone(_ pool: DatabasePool, _ counts: FeatureLoad.Counts) async throws {
        try await eventually("all of it is in the history", within: .seconds(240)) {
            let ledger = try await Ledger(pool)
            return ledger.analyses >= counts.tasks.count + counts.edits && ledger.judged >= 2 * counts.judgements
        }
    }

    /// Each event is once in the history of its user, and once in that of its project.
    private static func check(_ ledger: Ledger, _ counts: FeatureLoad.Counts) async throws {
        #expect(ledger.analyses == counts.tasks.count + counts.edits)
        #expect(ledger.withoutFeatures == 0)
        #expect(ledger.tasks == 2 * (counts.tasks.count + counts.edits))
        #expect(ledger.judged == 2 * counts.judgements)
        #expect(ledger.entitiesWithGaps == 0)
    }

    private static func parity(_ system: RunningSystem, _ pool: DatabasePool, _ before: Ledger) async throws {
        let run = try await triagectl(system, "features", "parity", "--sample", "20000")
        print("parity: \(run.output)\(run.errors)")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        let count = try #require(run.firstWords.first.flatMap { Int($0) })
        #expect(count >= tasks)
        #expect(run.output.contains("values compared: 0 mismatches"))
        // It wasn't for nothing: nearly all saw some history, and of both kinds.
        #expect(before.withHistory > tasks * 9 / 10)
        #expect(before.withShares > tasks / 2)
        #expect(before.replicas >= 2)
        #expect(before.states > 0)
    }

    private static func breakIt(_ system: RunningSystem, _ pool: DatabasePool) async throws {
        // As if it had looked one event further than it says.
        try await pool.execute("UPDATE analysis.analyses SET user_version = user_version - 1 WHERE user_version > 20")
        let ahead = try await triagectl(system, "features", "parity")
        #expect(ahead.status == 1)
        #expect(ahead.output.contains("user:"))
        #expect(ahead.errors.contains("what was served isn't what history gives"))
        print("look-ahead: \(ahead.output.split(separator: "\n").prefix(5).joined(separator: "\n"))")
        // One event of one project is gone.
        try await pool.execute(
            """
            DELETE FROM analysis.feature_history WHERE version = 500 AND entity_id =
                (SELECT id FROM analysis.feature_entities WHERE entity = 2 AND name = 'project-1')
            """)
        let gap = try await triagectl(system, "features", "parity", "--json")
        #expect(gap.status == 1)
        #expect(gap.output.contains(#""is_clean" : false"#))
        #expect(!gap.output.contains(#""missing_history" : 0"#))
    }

    static func triagectl(_ system: RunningSystem, _ arguments: String...) async throws -> TriageCtlRun {
        try await TriageCtlRun(
            arguments, environment: ["TRIAGELOOP_ADMIN_DATABASE_URL": system.database.url])
    }
}

/// What the tables hold.
private struct Ledger {
    let analyses, withoutFeatures, tasks, judged, entitiesWithGaps, withHistory, withShares, replicas, states: Int

    init(_ pool: DatabasePool) async throws {
        let row = try await pool.query(
            """
            SELECT (SELECT count(*) FROM analysis.analyses),
                (SELECT count(*) FROM analysis.analyses WHERE features IS NULL),
                (SELECT count(*) FROM analysis.feature_history WHERE kind < 3),
                (SELECT count(*) FROM analysis.feature_history WHERE kind = 3),
                (SELECT count(*) FROM (
                    SELECT e.version FROM analysis.feature_entities e JOIN analysis.feature_history h ON h.entity_id = e.id
                    GROUP BY e.id, e.version HAVING count(*) <> e.version OR max(h.version) <> e.version) AS gaps),
                (SELECT count(*) FROM analysis.analyses WHERE user_version > 0 AND project_version > 0),
                (SELECT count(*) FROM analysis.analyses WHERE features[6] IS NOT NULL),
                (SELECT count(DISTINCT replica) FROM analysis.analyses),
                (SELECT count(*) FROM analysis.feature_states)
            """
        ).one()
        analyses = try row.decode(at: 0)
        withoutFeatures = try row.decode(at: 1)
        tasks = try row.decode(at: 2)
        judged = try row.decode(at: 3)
        entitiesWithGaps = try row.decode(at: 4)
        withHistory = try row.decode(at: 5)
        withShares = try row.decode(at: 6)
        replicas = try row.decode(at: 7)
        states = try row.decode(at: 8)
    }
}
