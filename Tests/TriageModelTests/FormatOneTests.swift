import Foundation
import Testing
import TriageModel

/// `Fixtures/format-1.triagemodel` was written by the last release with that format, from nine tasks.
@Suite struct FormatOneTests {
    private func fixture() throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/format-1", withExtension: "triagemodel"))
        return [UInt8](try Data(contentsOf: url))
    }

    private let titles = [
        "bug": ["Login crashes on start", "Search throws an error", "Export is broken", "Menu freezes and fails"],
        "feature": ["Add dark mode", "Support csv export", "Allow tags in search", "Please add filters"],
        "question": [
            "How do I log in?", "Where is the menu?", "What does sync mean?", "Is there a way to export?",
        ],
    ]

    private var tasks: [LabelledTask] {
        titles.sorted { $0.key < $1.key }.flatMap { category, titles in
            titles.enumerated().map { index, title in
                LabelledTask(
                    id: title,
                    text: TaskText(
                        project: ["web", "mobile"][index % 2], title: title,
                        body: index % 2 == 0 ? "Seen in build 7." : ""), category: category)
            }
        }
    }

    @Test func `a file of format 1 is read and keeps its bytes`() throws {
        let bytes = try fixture()
        let model = try TriageModel.load(bytes: bytes)
        #expect(model.header.version == "format-1")
        #expect(model.header.sha256 == "5b3c66c692b7d7662bbd975226b86571f0a69b9c15ffa1470383e08c3df1f606")
        #expect(model.serialized() == bytes)
        #expect(model.card.format == 1)
        #expect(model.card.heads.map(\.features) == [188, 188, 188])
        #expect(model.card.heads.map(\.rows) == [189, 189, 143])
    }

    @Test func `it answers as the program did that wrote it`() throws {
        let model = try TriageModel.load(bytes: try fixture())
        // What `triagectl model evaluate --split all` of that program measured.
        let evaluation = try #require(Evaluator.evaluate(model, on: tasks).category)
        #expect(abs(evaluation.ece - 0.22637563170021402) < 1e-6)
        #expect(abs(evaluation.accuracy - 11.0 / 12) < 1e-9)
    }

    @Test func `changed, it becomes format 2 and answers the same`() throws {
        let old = try TriageModel.load(bytes: try fixture())
        let new = try old.annotated(metrics: ["measured": 1])
        #expect(new.card.format == 2)
        let texts = tasks.map(\.text)
        #expect(new.predict(texts) == old.predict(texts))
        let onTop = try Trainer.train(
            Samples.tasks(4), base: old,
            options: TrainingOptions(version: "next", createdAt: Date(timeIntervalSince1970: 1_800_000_000)))
        #expect(onTop.card.format == 2)
        #expect(onTop.header.lineage["base_sha256"] == old.header.sha256)
    }
}
