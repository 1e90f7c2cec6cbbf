import Contracts
import Foundation
import Postgres
import RetrainingTrigger
import RetrainingTriggerCore
import TestSupport
import Testing
import TriageModel

/// The gate's decision on a real broker, database and child process.
@Suite struct TrainingGateTests {
    @Test func `what the gate decided is stored and told once, with every figure`() async throws {
        var limits = GateLimits()
        limits.protectedSlices = [SliceName(.project, "shop"), SliceName(.project, "nowhere")]
        limits.sliceTasks = 5
        try await TrainingHarness.run(minimum: 60, gate: limits) { harness in
            try await harness.send(TrainingSamples.feedback(60))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .champion, "\(final.data.reason)")
            let told = try harness.bus.all(TrainingChanged.self).filter { $0.data.decision != nil }
            #expect(told.map(\.data.state) == [.registering])
            let decision = try #require(told.first?.data.decision)
            #expect(decision.verdict == .promote && decision.reason == told.first?.data.reason)
            let stored = try #require(try await harness.text("SELECT decision::text FROM training.trainings"))
            #expect(try ContractJSON.decode(GateDecision.self, from: Array(stored.utf8)) == decision)

            let accuracy = try #require(decision.findings.first { $0.measure == "category accuracy" })
            #expect(accuracy.slice == "all" && accuracy.level == .ok)
            #expect(accuracy.champion == 0 && (accuracy.challenger ?? 0) > 0.9)
            #expect((accuracy.low ?? -1) > 0 && (accuracy.high ?? 2) <= 1)
            let protected = decision.findings.filter(\.isProtected)
            #expect(protected.map(\.slice) == ["project:shop", "project:nowhere"])
            #expect(protected.map(\.level) == [.ok, .note])
            #expect(decision.findings.contains { $0.measure == "artifact bytes" && ($0.challenger ?? 0) > 100_000 })
        }
    }

    @Test func `a challenger that forgot what the champion knows is rejected, and the reason says where`() async throws
    {
        try await TrainingHarness.run(replicas: 0) { harness in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await harness.replica(minimum: 60) }
                try await harness.installed()
                try await harness.send((0..<60).map { TrainingSamples.feedback(number: $0, body: Self.body($0)) })
                _ = try await harness.bus.first(TrainingChanged.self) { $0.state == .champion }
                group.cancelAll()
                while let end = await group.nextResult() { _ = end }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await harness.replica(minimum: 60, trainer: ForgetfulTrainer()) }
                // Titles repeat after sixty; the bodies keep them from being copies.
                try await harness.send((60..<120).map { TrainingSamples.feedback(number: $0, body: Self.body($0)) })
                let final = try await harness.bus.first(TrainingChanged.self) {
                    $0.state == .rejected || $0.state == .failed
                }
                #expect(final.data.state == .rejected)
                #expect(final.data.reason.hasPrefix("worse than the champion: all category accuracy "))
                #expect(final.data.decision?.verdict == .reject)
                #expect(try await harness.count("SELECT generation FROM registry.serving") == 2)
                #expect(
                    try await harness.count(
                        "SELECT count(*) FROM training.trainings WHERE decision->>'verdict' = 'reject'") == 1)
                group.cancelAll()
                while let end = await group.nextResult() { _ = end }
            }
        }
    }

    /// Ten words that hardly two numbers share in that order.
    private static func body(_ number: Int) -> String {
        let words = [
            "till", "harbour", "monday", "printer", "branch", "stamp", "ledger", "border", "parcel", "holiday",
            "discount",
            "signature", "warehouse", "currency", "clerk", "envelope", "quarter", "barcode", "cheque",
        ]
        return (1...10).map { words[(number * $0 * $0 + number / words.count * $0) % words.count] }.joined(
            separator: " ")
    }
}

/// Gives the shipped model for a trained one, under the name that was asked for.
private struct ForgetfulTrainer: ModelTrainer {
    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        let text = TaskText(project: "shop", title: "An effort alone changes no other head", body: "")
        let task = LabelledTask(id: "1", text: text, effort: 3)
        let model = try Trainer.train(
            [task], base: try TriageModel.base(), options: TrainingOptions(version: order.version))
        try Data(model.serialized()).write(to: URL(fileURLWithPath: order.output))
    }
}
