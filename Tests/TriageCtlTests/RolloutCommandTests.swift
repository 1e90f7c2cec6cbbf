import Contracts
import Postgres
import TestSupport
import Testing

/// `triagectl rollouts` against a task-api that knows a rollout from its events.
@Suite struct RolloutCommandTests {
    private static func standing(_ id: Identifier, _ status: RolloutStatus, share: Double) -> RolloutStanding {
        RolloutStanding(
            rolloutID: id, trainingID: nil, challenger: "m-2", champion: "m-1", status: status, sharePercent: share,
            experiment: "rollout-1", cause: "step_passed", plan: "840 answers of 40 people",
            answers: ArmCounts(champion: 61, challenger: 20), analyses: ArmCounts(champion: 300, challenger: 99))
    }

    /// As the projection writes it.
    private static func tell(_ standing: RolloutStanding, generation: Int, _ pool: DatabasePool) async throws {
        try await pool.execute(
            """
            INSERT INTO task.rollouts (generation, champion, reason, changed_at, event_id, correlation_id, rollout_id,
                standing)
            VALUES ($1, 'm-1', $2, now(), gen_random_uuid(), 'x', $3, $4)
            """,
            [
                generation, "reason \(generation)", standing.rolloutID.uuid,
                JSONB(try ContractJSON.encode(standing)),
            ])
    }

    @Test func `a rollout is listed, shown with its changes, and commanded until it has ended`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let environment = ["TRIAGELOOP_API_URL": system.url]
            func run(_ arguments: String...) async throws -> TriageCtlRun {
                try await TriageCtlRun(["rollouts"] + arguments, environment: environment)
            }
            let none = try await run("pause", "--reason", "x")
            #expect(none.status == 1 && none.errors.contains("there was no rollout yet"))

            let id = Identifier()
            try await system.database.withPool { pool in
                try await Self.tell(Self.standing(id, .shadow, share: 0), generation: 2, pool)
                try await Self.tell(Self.standing(id, .canary, share: 12.5), generation: 3, pool)
            }
            let list = try await run("list")
            #expect(list.output.contains("\(id)  canary") && list.output.contains("12.5 %"), "\(list.errors)")
            let show = try await run("show")
            #expect(show.output.contains("840 answers of 40 people") && show.output.contains("20 + 61"))
            #expect(show.output.contains("reason 2") && show.output.contains("reason 3"))
            let models = try await TriageCtlRun(["models", "list"], environment: environment)
            #expect(models.output.contains("on trial m-2 for 12.5 % of the people"), "\(models.output)")
            for action in ["pause", "resume", "promote", "rollback"] {
                let run = try await run(action, id.description, "--reason", "to see")
                #expect(run.status == 0 && run.output.contains("\(action) asked for"), "\(run.errors)")
            }
            let stranger = try await run("pause", Identifier().description, "--reason", "x")
            #expect(stranger.status == 1 && stranger.errors.contains("ROLLOUT_NOT_FOUND"))

            try await system.database.withPool { pool in
                try await Self.tell(Self.standing(id, .promoted, share: 100), generation: 4, pool)
            }
            let late = try await run("pause", "--reason", "x")
            #expect(late.status == 1 && late.errors.contains("ROLLOUT_ENDED") && late.errors.contains("reason 4"))
        }
    }
}
