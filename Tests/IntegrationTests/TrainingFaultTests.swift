import Contracts
import Foundation
import Postgres
import RetrainingTrigger
import Synchronization
import TestSupport
import Testing

/// Owners that die, candidates that are spoiled, leases that are lost.
@Suite struct TrainingFaultTests {
    @Test func `a training whose owner died in the middle is taken over and finished`() async throws {
        try await TrainingHarness.run { harness in
            let id = try await leaveBehind(attempts: 0, in: harness)
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.trainingID == id)
            #expect(final.data.state == .champion)
            #expect(try await harness.count("SELECT attempts::int8 FROM training.trainings") == 1)
            #expect(try await harness.count("SELECT generation FROM registry.serving") == 2)
        }
    }

    @Test func `a training that lost its third owner fails`() async throws {
        try await TrainingHarness.run { harness in
            _ = try await leaveBehind(attempts: 2, in: harness)
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .failed)
            #expect(final.data.reason == "3 attempts, the last one was lost while snapshotting")
            #expect(try await harness.count("SELECT generation FROM registry.serving") == 1)
        }
    }

    /// As a killed owner leaves it: with its lease run out.
    private func leaveBehind(attempts: Int, in harness: TrainingHarness) async throws -> Identifier {
        try await harness.send(TrainingSamples.feedback(40))
        try await eventually("the feedback is stored") {
            try await harness.count("SELECT count(*) FROM training.feedback") == 40
        }
        let id = Identifier()
        _ = try await harness.pool.transaction([
            Statement(
                """
                INSERT INTO training.trainings
                    (id, state, reason, correlation_id, attempts, lease_owner, lease_until, fence)
                VALUES ($1, 'snapshotting', 'x', 'y', $2, 'the dead', now() - interval '1 second', 7)
                """, [id.uuid, Int32(attempts)]),
            Statement("UPDATE training.feedback SET counted_in = $1", [id.uuid]),
        ])
        return id
    }

    @Test(arguments: [SpoiltTrainer.Way.garbage, .flippedBit, .nothing])
    func `a spoilt candidate never serves`(way: SpoiltTrainer.Way) async throws {
        try await TrainingHarness.run(minimum: 40, trainer: SpoiltTrainer(way: way)) { harness in
            try await harness.send(TrainingSamples.feedback(40))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .rejected)
            #expect(try harness.bus.all(RolloutChanged.self).map(\.data.generation) == [1])
            #expect(try await harness.count("SELECT count(*) FROM registry.models") == 1)
        }
    }

    @Test(arguments: [TrainingState.snapshotting, .evaluating])
    func `a training that finds its champion damaged fails at once and says what to do`(
        found state: TrainingState
    ) async throws {
        try await TrainingHarness.run(minimum: 40) { harness in
            let champion = try #require(try await harness.text("SELECT champion FROM registry.serving"))
            // Damaged in the moment in which the state begins.
            try await harness.pool.execute(
                """
                CREATE FUNCTION training.damage() RETURNS trigger LANGUAGE plpgsql AS $damage$
                BEGIN
                    UPDATE registry.models SET artifact = overlay(artifact placing '\\xdeadbeef' from 5000)
                    WHERE state = 'champion';
                    RETURN NEW;
                END $damage$
                """)
            try await harness.pool.execute(
                """
                CREATE TRIGGER damage BEFORE UPDATE ON training.trainings FOR EACH ROW
                WHEN (NEW.state = '\(state.rawValue)' AND OLD.state <> NEW.state) EXECUTE FUNCTION training.damage()
                """)
            try await harness.send(TrainingSamples.feedback(40))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .failed)
            #expect(final.data.reason.hasPrefix("the champion \(champion) can't be loaded: "))
            #expect(final.data.reason.contains("triagectl models rollback"))
            #expect(try await harness.count("SELECT attempts::int8 FROM training.trainings") == 0)
            let states = try harness.bus.all(TrainingChanged.self).map(\.data.state)
            #expect(states.contains(.training) == (state == .evaluating))
        }
    }

    @Test func `a full disk is told as one, and drafts that were left behind are swept`() async throws {
        try await TrainingHarness.run(minimum: 40, trainer: FullDiskTrainer()) { harness in
            let (old, new) = (harness.workFolder + "/.draft-old", harness.workFolder + "/.draft-new")
            for draft in [old, new] {
                try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true)
            }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3_600)], ofItemAtPath: old)
            try await harness.send(TrainingSamples.feedback(40))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .failed)
            #expect(
                final.data.reason.hasPrefix(
                    "3 attempts, the last one while training: no space left in \(harness.workFolder): make room"),
                "\(final.data.reason)")
            #expect(!FileManager.default.fileExists(atPath: old))
            // Somebody may still write it.
            #expect(FileManager.default.fileExists(atPath: new))
        }
    }

    @Test func `a trainer that fails twice is tried a third time`() async throws {
        let trainer = StubbornTrainer(failures: 2)
        try await TrainingHarness.run(minimum: 40, trainer: trainer) { harness in
            try await harness.send(TrainingSamples.feedback(40))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            // What it writes in the end is no model.
            #expect(final.data.state == .rejected)
            #expect(trainer.calls == 3)
            #expect(try await harness.count("SELECT attempts::int8 FROM training.trainings") == 2)
        }
    }

    @Test func `an owner that lost its lease stops its work and writes nothing more`() async throws {
        let trainer = WaitingTrainer()
        try await TrainingHarness.run(minimum: 40, trainer: trainer) { harness in
            try await harness.send(TrainingSamples.feedback(40))
            try await eventually("the training runs") { trainer.hasBegun }
            try await harness.pool.execute(
                """
                UPDATE training.trainings
                SET lease_owner = 'another', lease_until = now() + interval '1 hour', fence = fence + 1
                """)
            try await eventually("the stale owner stops") { trainer.wasCancelled }
            #expect(try await harness.text("SELECT state FROM training.trainings") == "training")
            #expect(try await harness.text("SELECT lease_owner FROM training.trainings") == "another")
        }
    }

    @Test func `a replica that is stopped hands its training over without blame`() async throws {
        let trainer = WaitingTrainer()
        try await TrainingHarness.run(replicas: 0) { harness in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await harness.replica(minimum: 40, trainer: trainer) }
                try await harness.installed()
                try await harness.send(TrainingSamples.feedback(40))
                try await eventually("the training runs") { trainer.hasBegun }
                group.cancelAll()
                while let end = await group.nextResult() { _ = end }
            }
            #expect(trainer.wasCancelled)
            #expect(try await harness.text("SELECT lease_owner FROM training.trainings") == nil)

            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await harness.replica() }
                let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
                #expect(final.data.state == .champion)
                #expect(try await harness.count("SELECT attempts::int8 FROM training.trainings") == 0)
                group.cancelAll()
                while let end = await group.nextResult() { _ = end }
            }
        }
    }
}

/// Says that it has trained, and has written something else.
struct SpoiltTrainer: ModelTrainer {
    enum Way: Sendable { case garbage, flippedBit, nothing }
    let way: Way

    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        var bytes = Data("not a model at all".utf8)
        if way == .nothing { return }
        if way == .flippedBit {
            bytes = try Data(contentsOf: URL(fileURLWithPath: order.base))
            bytes[bytes.count / 2] ^= 1
        }
        try bytes.write(to: URL(fileURLWithPath: order.output))
    }
}

/// Finds the disk full.
struct FullDiskTrainer: ModelTrainer {
    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        throw CocoaError(.fileWriteOutOfSpace)
    }
}

/// Fails some times, then writes something.
final class StubbornTrainer: ModelTrainer {
    private let failures: Int
    private let count = Mutex(0)

    init(failures: Int) { self.failures = failures }

    var calls: Int { count.withLock { $0 } }

    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if number <= failures { throw TrainingFault(reason: "no luck") }
        try Data("not a model".utf8).write(to: URL(fileURLWithPath: order.output))
    }
}

/// Trains until it is cancelled.
final class WaitingTrainer: ModelTrainer {
    private let state = Mutex((hasBegun: false, wasCancelled: false))

    var hasBegun: Bool { state.withLock { $0.hasBegun } }
    var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        state.withLock { $0.hasBegun = true }
        do {
            try await Task.sleep(for: .seconds(3_600))
        } catch {
            state.withLock { $0.wasCancelled = true }
            throw error
        }
    }
}
