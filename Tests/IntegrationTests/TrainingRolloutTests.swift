import Contracts
import Postgres
import RabbitMQ
import TestSupport
import Testing

/// What people ask of the registry.
@Suite struct TrainingRolloutTests {
    /// The base once more under another name: a version to promote.
    private func addVersion(_ version: String, in harness: TrainingHarness) async throws {
        try await harness.pool.execute(
            """
            INSERT INTO registry.models (version, parent, state, sha256, artifact, metrics)
            SELECT $1, version, 'candidate', sha256, artifact, metrics FROM registry.models LIMIT 1
            """, [version])
    }

    @Test func `a rollback brings the version before back, and its repetition does nothing`() async throws {
        try await TrainingHarness.run { harness in
            let base = try #require(try await harness.text("SELECT champion FROM registry.serving"))
            try await addVersion("m-2", in: harness)
            try await harness.send([TrainingSamples.request(.promote, "m-2")])
            let promoted = try await harness.bus.first(RolloutChanged.self) { $0.generation == 2 }
            #expect(promoted.data.champion == "m-2")
            #expect(promoted.data.previous == base)
            #expect(promoted.data.reason == "promoted by mia: it is slow")

            let rollback = TrainingSamples.request(.rollback)
            try await harness.send([rollback])
            let rolledBack = try await harness.bus.first(RolloutChanged.self) { $0.generation == 3 }
            #expect(rolledBack.data.champion == base)
            #expect(rolledBack.data.previous == "m-2")
            #expect(rolledBack.causationID == rollback.id.description)
            #expect(rolledBack.correlationID == rollback.correlationID)
            #expect(
                try await harness.text("SELECT string_agg(version, ',') FROM registry.models WHERE state = 'champion'")
                    == base)

            // The next one's effect shows that the repetition was handled and had none.
            try await harness.send([rollback, TrainingSamples.request(.promote, "m-2", reason: "again")])
            let last = try await harness.bus.first(RolloutChanged.self) { $0.reason == "promoted by mia: again" }
            #expect(last.data.generation == 4)
            #expect(last.data.previous == base)
        }
    }

    @Test func `a request that can't be met is a dead letter with the reason and changes nothing`() async throws {
        try await TrainingHarness.run { harness in
            try await harness.send([
                TrainingSamples.request(.rollback), TrainingSamples.request(.promote, "nobody"),
            ])
            let session = harness.broker
            let dead = Topology.control.deadLetterQueue
            let reasons = try await deadReasons(dead, 2, session)
            #expect(reasons.contains { $0.contains("there is no version before") })
            #expect(reasons.contains { $0.contains("nobody is not in the registry") })
            #expect(try await harness.count("SELECT generation FROM registry.serving") == 1)
            #expect(try await harness.count("SELECT count(*) FROM training.inbox") == 0)
        }
    }

    @Test(arguments: [
        ("artifact = overlay(artifact placing '\\xdeadbeef' from 5000)", "so it must not serve"),
        ("artifact = ''", "so it must not serve"), ("sha256 = repeat('0', 64)", "not those that were registered"),
    ])
    func `a version that can't be loaded is never promoted`(damage: String, reason: String) async throws {
        try await TrainingHarness.run { harness in
            try await addVersion("m-2", in: harness)
            try await harness.pool.execute("UPDATE registry.models SET \(damage) WHERE version = 'm-2'")
            try await harness.send([TrainingSamples.request(.promote, "m-2")])
            let reasons = try await deadReasons(Topology.control.deadLetterQueue, 1, harness.broker)
            #expect(reasons.contains { $0.contains("m-2 can") && $0.contains(reason) }, "\(reasons)")
            #expect(reasons.contains { $0.contains("ARTIFACT_UNREADABLE") }, "\(reasons)")
            #expect(try await harness.count("SELECT generation FROM registry.serving") == 1)
        }
    }

    /// The headers of the first dead letters, as text.
    private func deadReasons(_ queue: String, _ count: Int, _ broker: BrokerConfiguration) async throws -> [String] {
        let (stream, continuation) = AsyncStream.makeStream(of: [String].self)
        let consumer = Consumer(
            configuration: broker, queue: ConsumerQueue(name: queue), prefetch: 10, maximumBatch: 10, isNoAck: true,
            logger: testLogger)
        return try await withThrowingTaskGroup(of: [String]?.self) { group in
            group.addTask {
                try await consumer.run { deliveries, _ in
                    continuation.yield(deliveries.map { "\($0.properties.headers)" })
                }
                return nil
            }
            group.addTask {
                var found: [String] = []
                for await reasons in stream {
                    found += reasons
                    if found.count >= count { break }
                }
                return found
            }
            let found = try await group.next() ?? nil
            group.cancelAll()
            return found ?? []
        }
    }
}
