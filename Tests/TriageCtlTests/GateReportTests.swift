import Contracts
import Postgres
import TestSupport
import Testing

/// What the gate decided, from task-api's projection to the printed table.
@Suite struct GateReportTests {
    private static let decision = GateDecision(
        verdict: .reject,
        reason: "worse than the champion: project:payments (protected) category accuracy 0.900 → 0.700 on 40 tasks",
        tasks: 120, groups: 118, samples: 2_000, confidence: 0.9, omittedSlices: 2,
        findings: [
            GateFinding(
                slice: "all", measure: "category accuracy", level: .ok, tasks: 120, champion: 0.8, challenger: 0.81,
                low: -0.02, high: 0.04, chance: 0.7, limit: -0.05, rule: "must not be worse"),
            GateFinding(
                slice: "project:payments", measure: "category accuracy", isProtected: true, level: .failure, tasks: 40,
                champion: 0.9, challenger: 0.7, low: -0.3, high: -0.1, chance: 0.002, limit: -0.05,
                rule: "worse by more than 5 points"),
        ])

    @Test func `a training is shown with the gate's table and the rule that rejected it`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let id = Identifier()
            try await system.database.withPool { pool in
                _ = try await pool.execute(
                    """
                    INSERT INTO task.trainings (id, state, reason, examples, metrics, changed_at, decision)
                    VALUES ($1, 'rejected', 'worse', 600, '{}', now(), $2)
                    """, [id.uuid, JSONB(try ContractJSON.encode(Self.decision))])
            }
            let environment = ["TRIAGELOOP_API_URL": system.url]
            let run = try await TriageCtlRun(["trainings", "show", id.description], environment: environment)
            #expect(run.status == 0, "\(run.errors)")
            for line in [
                "gate: reject, by 120 held-out tasks (118 with near copies counted once); intervals of 90 % from 2000 samples",
                "failure  *project:payments  category accuracy  40     0.9       0.7         -0.2        -0.3 to -0.1    -0.05",
                "* protected: GATE_PROTECTED_SLICES", "2 smaller slices were not looked at: GATE_SLICES",
                "failure: project:payments category accuracy: worse by more than 5 points",
            ] { #expect(run.output.contains(line), "\(run.output)") }

            let json = try await TriageCtlRun(
                ["trainings", "show", id.description, "--json"], environment: environment)
            let training = try ContractJSON.decode(TrainingChanged.self, from: Array(json.output.utf8))
            #expect(training.decision == Self.decision)
        }
    }
}
