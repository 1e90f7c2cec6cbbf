import Testing
import TriageModel

@Suite struct FeatureTests {
    private let text = TaskText(
        project: "web", title: "App crashes: parseHTMLFile of foo_bar v1.2.3?",
        body:
            "### Steps\n\n1. Open https://example.org/a?b=c\n\n```swift\nlet x = 1\n```\n<!-- keep --> Why? It can't be."
    )

    @Test func `a task has the same features in training and in serving, bit for bit`() throws {
        let model = try Samples.model()
        for task in Samples.tasks(3, from: 100).map(\.text) + [text] {
            for head in HeadKind.allCases where model.header.labelSets[head.name] != nil {
                let served = model.features(of: task, head: head)
                #expect(served == Trainer.features(of: task, head: head, model: model))
                #expect(served.count > 10)
            }
        }
    }

    @Test func `features keep the values that shipped models were trained on`() throws {
        // A change of these numbers makes every artifact of format 1 useless: it needs a new format version.
        let model = try Samples.model()
        let features = model.features(of: Samples.tasks(1)[0].text, head: .category)
        let rows = features.reduce(UInt64(0)) { ($0 &* 31) &+ UInt64($1.row) }
        let sum = features.reduce(Float(0)) { $0 + $1.value * $1.value }
        #expect(features.count == Golden.count)
        #expect(rows == Golden.rows)
        #expect(abs(sum - Golden.squares) < 0.001)
    }

    @Test(arguments: [
        "", "\0", "\u{0}\u{0}<!--", "```", "<!-- a --> ``` b ```", "😀😀 👩‍👩‍👧‍👦", "日本語のタイトル", "###", "http://", "https://x",
        "_", "__a__", "'", "A", "ABc", "...", "1.", "1.2.", "- [x]", "?!?!", "\r\n\r\n", "**", "İıß",
    ])
    func `no text is too odd to be read`(_ odd: String) throws {
        let model = try TriageModel.base()
        for text in [
            TaskText(project: odd, title: odd, body: odd),
            TaskText(project: "p", title: odd, body: String(repeating: odd, count: 500)),
        ] {
            let prediction = try #require(model.predict([text]).first)
            let sum = prediction.category?.distribution.reduce(0) { $0 + $1.probability } ?? 0
            #expect(abs(sum - 1) < 1e-9)
        }
    }

    @Test func `random bytes and very long texts are read`() throws {
        let model = try Samples.model()
        var state: UInt64 = 42
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        for round in 0..<60 {
            let bytes = (0..<Int(next() % 3_000)).map { _ in UInt8(truncatingIfNeeded: next()) }
            // Invalid sequences become replacement characters, as they do wherever text comes in.
            let text = String(decoding: bytes, as: UTF8.self)
            let punctuation = String(
                decoding: bytes.map { Array("<!-`.#?\n ax_A'0".utf8)[Int($0) % 15] }, as: UTF8.self)
            for odd in [text, punctuation] {
                let prediction = model.predict([TaskText(project: "web", title: odd, body: odd)])
                #expect(prediction[0].category?.confidence.isNaN == false, "round \(round)")
            }
        }
        for unit in ["<!--", "```", "a", "A", "😀", "a.", "# x\n", "?"] {
            let long = String(repeating: unit, count: 70_000 / unit.utf8.count)
            #expect(model.predict([TaskText(project: "web", title: long, body: long)])[0].category != nil)
        }
    }
}

/// Written down from the first run; see the test that uses it.
private enum Golden {
    static let count = 568
    static let rows: UInt64 = 6_316_636_536_405_736_062
    static let squares: Float = 10.159987
}
