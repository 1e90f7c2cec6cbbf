import Contracts
import CurlHTTP
import Postgres
import TestSupport
import Testing

/// `triagectl features` beside parity, and the setting that turns features off.
@Suite(.serialized) struct FeatureCommandTests {
    @Test func `list prints each definition, and show one of them`() async throws {
        let list = try await TriageCtlRun(["features", "list"])
        #expect(list.status == 0)
        #expect(list.firstWords.contains("user:category_bug_26w@1"))
        let show = try await TriageCtlRun(["features", "show", "task:hour"])
        #expect(show.output.contains("Hour of the day"))
        let unknown = try await TriageCtlRun(["features", "show", "user:nothing"])
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("there is no feature 'user:nothing'"))
    }

    @Test func `show computes a user's value from what happened`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            for _ in 0..<3 { _ = try await system.analysed(try await system.create("Export crashes").id) }
            let show = try await FeatureParityTests.triagectl(
                system, "features", "show", "user:tasks_4w", "--user", "tester")
            #expect(show.output.contains("tester: 3, from 3 events"), "\(show.output)\(show.errors)")
            let wrong = try await FeatureParityTests.triagectl(
                system, "features", "show", "user:tasks_4w", "--project", "default")
            #expect(wrong.status == 1)
        }
    }

    @Test func `an event of a later release in a history keeps nobody from their analysis`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            _ = try await system.analysed(try await system.create("Export crashes").id)
            try await system.database.withPool { pool in
                try await pool.execute("UPDATE analysis.feature_history SET kind = 99")
                _ = try await system.analysed(try await system.create("Export crashes again").id)
                let row = try await pool.query(
                    """
                    SELECT (SELECT count(*) FROM analysis.analyses WHERE features IS NULL AND feature_set IS NULL),
                        (SELECT count(*) FROM analysis.feature_history)
                    """
                ).one()
                // Not served, but its own event is kept.
                #expect(try row.decode(at: 0, as: Int.self) == 1)
                #expect(try row.decode(at: 1, as: Int.self) == 4)
                #expect(try system.service(.aiAnalyzer).log.contains("features can't be served"))
            }
        }
    }

    @Test func `with features off none are served, nothing is kept, and feedback doesn't gather`() async throws {
        try await RunningSystem.run(
            settings: ["TRIAGELOOP_FEATURES": "off"], starting: [.taskAPI, .aiAnalyzer]
        ) { system in
            let task = try await system.analysed(try await system.create("Export crashes").id)
            let json = #"{"fields":[{"field":"category","verdict":"corrected","value":"bug"}]}"#
            #expect(try await system.giveFeedback(task.id, json).status == 202)
            try await eventually("the feedback is taken from the queue") {
                try await FeatureRecorder(system: system).waiting(in: Topology.analyzerFeatures.name) == 0
            }
            let parity = try await FeatureParityTests.triagectl(system, "features", "parity")
            #expect(parity.status == 1)
            #expect(parity.errors.contains("no prediction was served features yet"))
            try await system.database.withPool { pool in
                let kept: Int = try await pool.query("SELECT count(*) FROM analysis.feature_history").one().decode(
                    at: 0)
                #expect(kept == 0)
            }
        }
    }
}
