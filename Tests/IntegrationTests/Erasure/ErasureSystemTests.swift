import Contracts
import CurlHTTP
import Foundation
import Postgres
import TestSupport
import Testing

/// Show 7 of issue 6: an erased task's words are found nowhere, in no schema and no file, though it was analysed, judged,
/// learned from and named by others, and though two services were down when it was erased.
struct ErasureSystemTests {
    private static let word = "Zyxquark"

    @Test func `an erased task's title is found nowhere, also when services were down at the time`() async throws {
        try await RunningSystem.run(settings: RolloutSystem.settings(shadow: 1_000)) { system in
            let erased = try await Self.team(system)
            _ = try await system.post("/v1/trainings", TrainingDraft(reason: "now"), as: JSONValue.self)
            try await eventually("the rollout begins", within: .seconds(180)) { try await !system.rollouts().isEmpty }

            // It is everywhere, or the search would prove nothing.
            let before = try await Self.places(system)
            for place in [
                "task.tasks.title", "task.tasks.analysis", "analysis.analyses.title", "analysis.analyses.result",
                "training.feedback.title",
            ] { #expect(before.contains(place), "\(before)") }
            let files = try Self.files(of: system)
            #expect(files.count == 1 && files.allSatisfy { $0.hasSuffix("examples.jsonl") }, "\(files)")

            await system.stop(.aiAnalyzer)
            await system.stop(.retrainingTrigger)
            let first = try await system.send("DELETE", "/v1/tasks/\(erased)")
            #expect(first.status == 202)
            #expect(try await system.get("/v1/erasures/\(erased)", as: ErasureView.self).state == .underWay)
            for name in [ServiceName.aiAnalyzer, .retrainingTrigger] {
                try system.service(name).start()
                try await system.waitUntilReady(name)
            }
            try await eventually("every service has done its part", within: .seconds(60)) {
                try await system.get("/v1/erasures/\(erased)", as: ErasureView.self).state == .done
            }
            #expect(try await Self.places(system) == [])
            #expect(try Self.files(of: system) == [])

            let view = try await system.get("/v1/erasures/\(erased)", as: ErasureView.self)
            #expect(view.part(.retrainingTrigger)?.count("feedback") == 1)
            #expect(view.part(.retrainingTrigger)?.count("lines of snapshots") == 1)
            #expect((view.part(.aiAnalyzer)?.count("analyses") ?? 0) >= 1)
            try Self.checkManifest(of: system, erased)
            try await Self.lateEvents(system, erased)
        }
    }

    @Test func `a new task isn't told of an erased one`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            let first = try await system.create("\(Self.word) invoice is charged twice", body: "The amount is wrong.")
            _ = try await system.analysed(first.id)
            let second = try await system.create("\(Self.word) invoice is charged again", body: "The amount is wrong.")
            #expect(try await system.analysed(second.id).analysis?.similar.map(\.taskID) == [first.id])
            #expect(try await system.send("DELETE", "/v1/tasks/\(first.id)").status == 202)
            try await eventually("ai-analyzer has done its part") {
                try await system.get("/v1/erasures/\(first.id)", as: ErasureView.self).part(.aiAnalyzer)?.doneAt != nil
            }
            let third = try await system.create(
                "\(Self.word) invoice is charged a third time", body: "The amount is wrong.")
            #expect(try await system.analysed(third.id).analysis?.similar.map(\.taskID) == [second.id])
        }
    }

    /// Sixty judged tasks, of which one has the word, and one more that names it as similar.
    private static func team(_ system: RunningSystem) async throws -> Identifier {
        var erased: Identifier?
        for number in 0..<60 {
            let title = number == 30 ? "\(word) invoice is charged twice" : TrainingSamples.title(number: number)
            let task = try await system.create(
                title, body: number == 30 ? "\(word) of Gloppwick, a gloppwick invoice" : "", project: "shop")
            if number == 30 { erased = task.id }
            let draft = #"{"fields":[{"field":"category","verdict":"corrected","value":"billing"}]}"#
            #expect(try await system.giveFeedback(task.id, draft, user: "mia").status == 202)
        }
        let id = try #require(erased)
        _ = try await system.analysed(id)
        // Alike by another word: in the end nobody but the erased task may have had the one that is searched for.
        let other = try await system.create("Gloppwick invoice", project: "shop")
        #expect(try await system.analysed(other.id).analysis?.similar.contains { $0.taskID == id } == true)
        try await system.database.withPool { pool in
            try await eventually("the feedback is stored") {
                try await pool.query("SELECT count(*) FROM training.feedback").one().decode(at: 0, as: Int.self) == 60
            }
        }
        return id
    }

    private static func places(_ system: RunningSystem) async throws -> [String] {
        try await system.database.withPool { try await EveryColumn(pool: $0).places(of: word) }
    }

    /// The files of the services' folders that hold the word: snapshots, runs and logs.
    private static func files(of system: RunningSystem) throws -> [String] {
        let files = FileManager.default.enumerator(atPath: system.folder)
        var found: [String] = []
        while let name = files?.nextObject() as? String {
            // A folder, or a file that ended meanwhile.
            guard let bytes = FileManager.default.contents(atPath: system.folder + "/" + name) else { continue }
            if String(decoding: bytes, as: UTF8.self).lowercased().contains(word.lowercased()) { found.append(name) }
        }
        return found
    }

    /// The snapshot keeps its name, and says what is gone and what the hash of the rest is.
    private static func checkManifest(of system: RunningSystem, _ erased: Identifier) throws {
        let work = system.folder + "/training"
        let snapshot = try #require(
            try FileManager.default.contentsOfDirectory(atPath: work).first { $0.utf8.count == 64 })
        let manifest =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: "\(work)/\(snapshot)/manifest.json"))) as? [String: Any]
        let tombstones = manifest?["erased"] as? [[String: Any]]
        #expect(tombstones?.count == 1 && tombstones?.first?["task_id"] as? String == erased.description)
        #expect(manifest?["examples_sha256_before"] as? String != manifest?["examples_sha256"] as? String)
    }

    /// What comes after the erasure of an event from before it is not taken in.
    private static func lateEvents(_ system: RunningSystem, _ erased: Identifier) async throws {
        let task = TaskSnapshot(
            taskID: erased, tenant: "default", project: "shop", author: "tester", title: "\(word) late", body: "",
            revision: 1, createdAt: .now)
        let marker = TaskSnapshot(
            taskID: Identifier(), tenant: "default", project: "shop", author: "tester", title: "Fine", body: "",
            revision: 1, createdAt: .now)
        try await system.publish([task, marker])
        try await system.database.withPool { pool in
            try await eventually("the events are handled") {
                try await pool.query(
                    """
                    SELECT (SELECT count(*) FROM analysis.analyses WHERE task_id = $1)
                        + (SELECT count(*) FROM training.feedback WHERE task_id = $1)
                    """, [marker.taskID.uuid]
                ).one().decode(at: 0, as: Int.self) == 2
            }
        }
        #expect(try await places(system) == [])
    }
}
