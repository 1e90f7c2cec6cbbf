import Foundation
import Testing

/// `triagectl model evaluate --head …` on small files of this test's own; no server is needed.
@Suite struct ModelEvaluateTests {
    private func file(_ lines: [String]) throws -> String {
        let path = NSTemporaryDirectory() + "evaluate-\(UUID().uuidString).jsonl"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func row(_ index: Int, _ split: String) -> String {
        let isBug = index % 2 == 0
        return """
            {"id":"\(index)","project":"p\(index % 3 / 2)","title":"\(isBug ? "crash and error" : "please add") \(index)",\
            "body":"","label":"\(isBug ? "bug" : "feature")","split":"\(split)"}
            """
    }

    @Test func `a head is trained and judged from one file`() async throws {
        let path = try file((0..<80).map { row($0, $0 < 60 ? "train" : "test") })
        defer { try? FileManager.default.removeItem(atPath: path) }  // A leftover file harms nobody.
        let run = try await TriageCtlRun(["model", "evaluate", "--data", path, "--head", "category", "--json"])
        #expect(run.status == 0, "\(run.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(report["judged"] as? Int == 20)
        #expect(report["trained"] as? Int == 60)
        let labels = try #require(report["labels"] as? [String: Any])
        #expect(try #require(labels["mean_macro_f1"] as? Double) > 0.9)
    }

    @Test func `what can't be judged ends with an error that names the file and the line`() async throws {
        let good = row(0, "train")
        let cases: [(lines: [String], head: String, says: String)] = [
            ([good, "{\"id\":1"], "category", "line 2"),
            ([good, "{\"id\":\"1\",\"project\":\"p\"}"], "category", "line 2 is no labelled task: title is missing"),
            ([good.replacingOccurrences(of: "train", with: "tarin")], "category", "unknown split tarin"),
            ([good], "category", "no row of split test"),
            ([good, row(2, "train"), row(1, "test")], "category", "one category label only"),
            ([good, row(1, "test")], "effort", "no row has a label for the effort head"),
            ([good], "mood", "unknown head mood"), ([], "category", "no rows"),
        ]
        for item in cases {
            let path = try file(item.lines)
            defer { try? FileManager.default.removeItem(atPath: path) }  // A leftover file harms nobody.
            let run = try await TriageCtlRun(["model", "evaluate", "--data", path, "--head", item.head])
            #expect(run.status == (item.head == "mood" ? 64 : 65), "\(item.says)")
            #expect(run.errors.contains(item.says), "\(run.errors)")
            if item.head != "mood" { #expect(run.errors.contains(path), "\(run.errors)") }
        }
    }

    @Test func `a file that isn't there is named`() async throws {
        let run = try await TriageCtlRun(["model", "evaluate", "--data", "/nowhere.jsonl", "--head", "category"])
        #expect(run.status == 65)
        #expect(run.errors.contains("/nowhere.jsonl: no such file"))
    }

    @Test func `the benchmark fails without its data and writes nothing`() async throws {
        let out = NSTemporaryDirectory() + "benchmark-\(UUID().uuidString).md"
        let run = try await TriageCtlRun(
            ["model", "evaluate", "--benchmark", "--data-folder", "/nowhere", "--out", out])
        #expect(run.status == 65)
        #expect(run.errors.contains("/nowhere/category_nlbse24.jsonl.gz"))
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
