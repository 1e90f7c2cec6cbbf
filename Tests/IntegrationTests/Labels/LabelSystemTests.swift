import Contracts
import CurlHTTP
import Foundation
import Logging
import Postgres
import RabbitMQ
import TestSupport
import Testing

/// Changed labels with the real programs: served by the version that is loaded, kept over restarts, learned from.
struct LabelSystemTests {
    private static let body = "It crashes with an error and a stack trace after the update, a regression."

    @Test func `a rename, a merge and a retirement are served at once by the version that is loaded`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            let before = try await system.analysis("Save button crashes", Self.body)
            #expect(before.category?.value == "bug")
            let renamed = ContinuousClock.now
            try await system.change(LabelChangeDraft(.rename, ["bug"], into: "defect"))
            try await system.served(1)
            print("a rename was served after \(ContinuousClock.now - renamed)")
            let after = try await system.analysis("Open button crashes", Self.body)
            #expect(after.category?.value == "defect" && after.modelVersion == before.modelVersion)
            #expect(after.category?.zone == before.category?.zone)
            #expect(after.category?.distribution.keys.sorted() == ["defect", "feature", "question"])

            try await system.change(LabelChangeDraft(.merge, ["question"], into: "feature"))
            try await system.change(LabelChangeDraft(.add, ["billing"], description: "invoices and payments"))
            try await system.change(LabelChangeDraft(.retire, ["defect"]))
            try await system.served(4)
            let masked = try await system.analysis("Close button crashes", Self.body)
            // The model is sure that it is what is no more: then it has no say.
            #expect(masked.category?.value == "feature" && masked.category?.zone == .ask)
            #expect(masked.category?.distribution == ["feature": 1])

            // A crash forgets nothing.
            let analyzer = try system.service(.aiAnalyzer)
            await analyzer.end(SIGKILL)
            try await system.change(LabelChangeDraft(.add, ["defect"]))
            try await system.change(LabelChangeDraft(.rename, ["defect"], into: "incident"))
            try analyzer.start()
            try await system.waitUntilReady(.aiAnalyzer)
            try await system.served(6)
            #expect(try await system.analysis("Menu crashes", Self.body).category?.value == "incident")
            await analyzer.end(SIGKILL)
            try analyzer.start()
            try await system.waitUntilReady(.aiAnalyzer)
            #expect(try await system.analysis("Dialog crashes", Self.body).category?.value == "incident")
        }
    }

    @Test func `sets that come late, twice or broken change nothing`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            let third = Self.changed(3, into: "incident")
            try await system.tell([third, Self.changed(2, into: "defect"), third, third])
            try await system.served(3)
            #expect(try await system.analysis("Save button crashes", Self.body).category?.value == "incident")
            try await system.tell([Self.changed(1, into: "fault")])
            try await system.tell([Self.changed(4, into: "defect", of: "other")])
            try await system.served(4, tenant: "other")
            #expect(try await system.analysis("Open button crashes", Self.body).category?.value == "incident")
        }
    }

    private static func changed(
        _ version: Int, into name: String, of tenant: String = "default"
    ) -> CloudEvent<LabelsChanged> {
        CloudEvent(
            source: .taskAPI, subject: tenant, story: Story(correlationID: "labels"), sequence: version,
            data: LabelsChanged(
                tenant: tenant, version: version, change: LabelChange(.rename, ["bug"], into: name),
                labels: [
                    TeamLabel(name), TeamLabel("feature"), TeamLabel("question"),
                    TeamLabel("bug", state: .renamed, into: name),
                ], changedBy: "ops", changedAt: .now))
    }

    @Test func `a training follows, its data are under the names of today, and its version is promoted`() async throws {
        try await TrainingHarness.run { harness in
            // In old names, as people said then; below what starts a training by itself.
            try await harness.send(TrainingSamples.feedback(60))
            try await eventually("the feedback is there") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 60
            }
            let labels = [
                TeamLabel("invoices"), TeamLabel("feature"), TeamLabel("question"), TeamLabel("bug"),
                TeamLabel("billing", state: .renamed, into: "invoices"),
            ]
            let changed = CloudEvent(
                source: .taskAPI, subject: "default", story: Story(correlationID: "labels"), sequence: 1,
                data: LabelsChanged(
                    tenant: "default", version: 1, change: LabelChange(.rename, ["billing"], into: "invoices"),
                    labels: labels, changedBy: "ops", changedAt: .now))
            try await harness.send([changed, changed])
            let queued = try await harness.bus.first(TrainingChanged.self) { $0.state == .queued }
            #expect(queued.data.reason.hasPrefix("labels changed: 1 change that no version was trained with; 60"))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .champion, "\(final.data.reason)")

            let folders = try FileManager.default.contentsOfDirectory(atPath: harness.workFolder)
                .filter { $0.count == 64 }
            let folder = harness.workFolder + "/" + (try #require(folders.first))
            let examples = try String(contentsOfFile: folder + "/examples.jsonl", encoding: .utf8)
            #expect(examples.contains("invoices") && !examples.contains(#""value":"billing""#))
            let manifest = try String(contentsOfFile: folder + "/manifest.json", encoding: .utf8)
            #expect(manifest.contains(#""labels":{"default""#))
            #expect(try await harness.count("SELECT count(*) FROM training.label_sets WHERE counted_in IS NULL") == 0)
            // One change, one training.
            #expect(try await harness.count("SELECT count(*) FROM training.trainings") == 1)
        }
    }
}

extension RunningSystem {
    fileprivate func change(_ draft: LabelChangeDraft) async throws {
        let body = String(decoding: try ContractJSON.encode(draft), as: UTF8.self)
        let answer = try await send("POST", "/v1/labels/changes", json: body)
        guard answer.status == 201 else {
            throw ServiceProcess.Failure(description: String(decoding: answer.body, as: UTF8.self))
        }
    }

    /// Until ai-analyzer goes by that version of a team's labels.
    fileprivate func served(_ version: Int, tenant: String = "default") async throws {
        try await database.withPool { pool in
            try await eventually("version \(version) is served") {
                let rows = try await pool.query(
                    "SELECT version FROM analysis.label_sets WHERE tenant = $1", [tenant])
                return try rows.first.map { try $0.decode(at: 0, as: Int64.self) } == Int64(version)
            }
        }
    }

    fileprivate func analysis(_ title: String, _ body: String) async throws -> Analysis {
        let task = try await create(title, body: body)
        return try #require(try await analysed(task.id).analysis)
    }

    fileprivate func tell(_ events: [CloudEvent<LabelsChanged>]) async throws {
        let session = try await BrokerSession.open(broker, logger: Logger(label: "test"))
        for event in events {
            try await session.publish(
                OutgoingMessage(
                    exchange: Topology.events.name, routingKey: event.type.rawValue,
                    body: try EventCoder.encode(event),
                    properties: MessageProperties(
                        messageID: event.id.description, correlationID: event.correlationID,
                        type: event.type.rawValue, isPersistent: true)))
        }
        await session.close()
    }
}
