import Contracts
import Glibc
import Postgres
import TestSupport
import Testing

/// Rollouts with the services as processes: who gets which version, how soon, and what survives.
@Suite struct RolloutSystemTests {
    @Test
    func `users keep their side while the share grows, on two replicas, each of which follows within two seconds`()
        async throws
    {
        let settings = RolloutSystem.settings(shadow: 5)
        try await RunningSystem.run(settings: settings) { system in
            try await system.withTwin(of: .aiAnalyzer) { twin in
                let standing = try await system.beginRollout()
                let users = (0..<40).map { "user-\($0)" }
                // In shadow everybody has the champion, and it ends by what the challenger answers unseen, which is
                // nothing of a task that came before a replica knew of it.
                try await follow(2...2, system, twin)
                let unseen = try await system.ask(users)
                #expect(unseen.values.allSatisfy { $0.analysis?.modelVersion == standing.champion })
                var before: Set<String> = []
                for (share, generation) in [(25.0, 3), (50.0, 4)] {
                    try await system.status(.canary, share: share)
                    // Until then the one has the new share, and the other still the old one.
                    try await follow(2...generation, system, twin)
                    var sides: [Set<String>] = []
                    for _ in 0..<3 {
                        let answers = try await system.ask(users)
                        for (user, task) in answers {
                            let variant = try #require(task.analysis?.variant)
                            #expect(
                                task.analysis?.modelVersion
                                    == (variant == "challenger" ? standing.challenger : standing.champion))
                            #expect(variant == "challenger" || variant == "champion", "\(user)")
                        }
                        sides.append(Set(answers.filter { $0.value.analysis?.variant == "challenger" }.keys))
                        if sides.count == 3, share == 25 { try await judge(answers, users, system) }
                    }
                    // The same people whoever of the two replicas answers, and all of those who had it before.
                    #expect(Set(sides).count == 1)
                    let side = try #require(sides.first)
                    #expect(before.isSubset(of: side) && before.count < side.count)
                    let share = Double(side.count) / Double(users.count) * 100
                    print("challenger for \(side.count) of \(users.count) people (\(share) %)")
                    before = side
                }
                _ = try await system.post(
                    "/v1/rollouts/\(standing.rolloutID)", RolloutCommandDraft(action: .promote, reason: "enough"),
                    as: JSONValue.self)
                try await system.status(.promoted)
                try await follow(2...5, system, twin)
                let last = try await system.ask(["user-0", "user-1"])
                #expect(last.values.allSatisfy { $0.analysis?.modelVersion == standing.challenger })
                #expect(last.values.allSatisfy { $0.analysis?.variant == nil })
            }
        }
    }

    /// Accepts until the next share begins.
    private func judge(_ first: [String: TaskView], _ users: [String], _ system: RunningSystem) async throws {
        var answers = first
        for _ in 0..<6 {
            try await system.accept(answers)
            if try await system.rollouts().first?.standing.sharePercent == 50 { return }
            answers = try await system.ask(users)
        }
    }

    /// Both replicas have followed each of these changes in time.
    private func follow(_ generations: ClosedRange<Int>, _ system: RunningSystem, _ twin: ServiceProcess) async throws {
        for analyzer in [try system.service(.aiAnalyzer), twin] {
            try await eventually("a replica follows \(generations.upperBound)", within: .seconds(10)) {
                analyzer.delays[generations.upperBound] != nil
            }
            let delays = analyzer.delays
            for generation in generations {
                let delay = delays[generation]
                print("change \(generation) in effect on a replica after \(delay.map { "\($0) ms" } ?? "(overtaken)")")
                #expect(delay ?? 0 < 2_000)
            }
        }
    }

    @Test(arguments: [
        "substring(artifact for 1000)", "overlay(artifact placing '\\xdeadbeef' from 5000)", "''::bytea",
        "decode(repeat('00', 67108865), 'hex')",
    ])
    func `a challenger that can't be loaded is rolled back while everybody has the champion`(damage: String)
        async throws
    {
        try await RunningSystem.run(
            settings: RolloutSystem.settings(shadow: 5), starting: [.taskAPI, .retrainingTrigger]
        ) { system in
            let standing = try await system.beginRollout()
            _ = try await system.database.withPool { pool in
                try await pool.execute(
                    "UPDATE registry.models SET artifact = \(damage) WHERE version = $1", [standing.challenger])
            }
            try system.service(.aiAnalyzer).start()
            try await system.waitUntilReady(.aiAnalyzer)
            let answers = try await system.ask((0..<10).map { "user-\($0)" })
            #expect(answers.values.allSatisfy { $0.analysis?.modelVersion == standing.champion })
            #expect(answers.values.allSatisfy { $0.analysis?.rung == .embedded && $0.analysis?.degraded == false })
            try await system.status(.rolledBack)
            let rollout = try #require(try await system.rollouts().first)
            #expect(rollout.standing.cause == "failing" && rollout.reason.contains("can't be loaded"))
            #expect(try await system.get("/v1/models", as: ModelList.self).serving?.champion == standing.champion)
        }
    }

    @Test func `a replica that starts with a damaged champion serves the version before it, else the shipped model`()
        async throws
    {
        try await RunningSystem.run(
            settings: RolloutSystem.settings(shadow: 5), starting: [.taskAPI, .retrainingTrigger]
        ) { system in
            let standing = try await system.beginRollout()
            // What follows is set by hand.
            try await system.service(.retrainingTrigger).end()
            try await system.database.withPool { pool in
                try await pool.execute(
                    """
                    INSERT INTO registry.models (version, state, sha256, artifact, metrics)
                    SELECT 'm-damaged', 'candidate', sha256, overlay(artifact placing '\\xdeadbeef' from 5000), metrics
                    FROM registry.models WHERE version = $1
                    """, [standing.challenger])
                try await pool.execute(
                    """
                    UPDATE registry.serving SET champion = 'm-damaged', previous = $1, generation = generation + 1,
                        rollout_id = NULL, challenger = NULL, mode = NULL, share = NULL, experiment = NULL
                    """, [standing.challenger])
            }
            let analyzer = try system.service(.aiAnalyzer)
            for version in [standing.challenger, standing.champion] {
                try analyzer.start()
                try await system.waitUntilReady(.aiAnalyzer)
                let answers = try await system.ask(["user-\(version)"])
                #expect(answers.values.allSatisfy { $0.analysis?.modelVersion == version }, "\(answers)")
                #expect(answers.values.allSatisfy { $0.analysis?.degraded == true && $0.analysis?.rung == .embedded })
                await analyzer.end()
                _ = try await system.database.withPool { pool in
                    try await pool.execute(
                        "UPDATE registry.models SET artifact = substring(artifact for 1000) WHERE version = $1",
                        [version])
                }
            }
        }
    }

    @Test func `killed between feedback and decision, each answer is counted once in the end`() async throws {
        let settings = RolloutSystem.settings(shadow: 0, shares: "50,100")
        try await RunningSystem.run(settings: settings) { system in
            _ = try await system.beginRollout()
            try await system.status(.canary)
            let answers = try await system.ask((0..<20).map { "user-\($0)" })
            let trigger = try system.service(.retrainingTrigger)
            try await system.database.withPool { pool in
                // Who counts an answer has to wait for this lock, in the middle of its transaction.
                try await pool.transaction { transaction in
                    _ = try await transaction.query("LOCK TABLE registry.rollout_users IN EXCLUSIVE MODE")
                    try await system.accept(answers)
                    try await eventually("the service waits in the middle") {
                        try await system.waitsForALock()
                    }
                    #expect(await trigger.end(SIGKILL) == -SIGKILL)
                }
                try trigger.start()
                try await eventually("all answers are counted", within: .seconds(60)) {
                    try await pool.query("SELECT coalesce(sum(answers), 0)::int8 FROM registry.rollout_users").one()
                        .decode(at: 0, as: Int.self) >= 20
                }
                let counted = try await pool.query(
                    """
                    SELECT (SELECT sum(answers)::int8 FROM registry.rollout_users),
                        (SELECT (state #>> '{test,comparison,answers,champion}')::int8
                            + (state #>> '{test,comparison,answers,challenger}')::int8 FROM registry.rollouts),
                        (SELECT count(*) FROM training.feedback)
                    """
                ).one()
                #expect(try counted.decode(at: 0, as: Int.self) == 20)
                #expect(try counted.decode(at: 1, as: Int.self) == 20)
                #expect(try counted.decode(at: 2, as: Int.self) == 80)
            }
        }
    }
}

extension RunningSystem {
    fileprivate func waitsForALock() async throws -> Bool {
        try await database.withPool { pool in
            try await pool.query(
                """
                SELECT EXISTS (SELECT FROM pg_stat_activity
                    WHERE usename = 'triageloop_training' AND wait_event = 'relation' AND datname = current_database())
                """
            ).one().decode(at: 0)
        }
    }
}
