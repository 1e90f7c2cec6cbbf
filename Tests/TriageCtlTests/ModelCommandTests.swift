import Foundation
import Testing

@Suite struct ModelCommandTests {
    /// A folder of its own that is gone after `body`.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "model-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await body(folder)
        try FileManager.default.removeItem(atPath: folder)
    }

    private func writeTasks(_ path: String) throws {
        let titles = ["bug": "crashes on start", "feature": "please add an option", "question": "how do I use it?"]
        let lines = (0..<30).flatMap { index in
            titles.sorted { $0.key < $1.key }.map { category, title in
                #"{"id":"\#(category)\#(index)","project":"p\#(index % 4)","title":"item \#(index) \#(title)","#
                    + #""body":"seen in \#(index * 7)","category":"\#(category)","effort":\#(index % 9 + 1)}"#
            }
        }
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func `training twice, each in a process of its own, gives the same file`() async throws {
        try await withFolder { folder in
            try writeTasks("\(folder)/tasks.jsonl")
            var files: [Data] = []
            // Each process hashes dictionaries with a seed of its own.
            for name in ["first", "second"] {
                let run = try await TriageCtlRun([
                    "model", "train", "--data", "\(folder)/tasks.jsonl", "--out", "\(folder)/\(name)", "--version", "v",
                    "--created-at", "1800000000",
                ])
                #expect(run.status == 0, "\(run.errors)")
                files.append(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            }
            #expect(files[0] == files[1])
            let show = try await TriageCtlRun(["model", "show", "\(folder)/first"])
            #expect(show.output.contains("model       v\n"))
        }
    }

    @Test func `the card names heads, zones, data and what the model must not be used for`() async throws {
        let run = try await TriageCtlRun(["model", "show"])
        #expect(run.status == 0)
        for words in [
            "category: bug", "known projects: auto from", "measured when it was trained", "data_category_nlbse24",
            "licence", "must not be used to judge people",
        ] {
            #expect(run.output.contains(words), "\(words)")
        }
        let json = try await TriageCtlRun(["model", "show", "--json"])
        let card = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((card["heads"] as? [Any])?.count == 3)
        #expect((card["sha256"] as? String)?.count == 64)
    }

    @Test func `what is no artifact is refused with its reason`() async throws {
        try await withFolder { folder in
            let path = "\(folder)/file"
            try Data(repeating: 0x41, count: 100).write(to: URL(fileURLWithPath: path))
            let run = try await TriageCtlRun(["model", "show", path])
            #expect(run.status == 65)
            #expect(run.errors.contains("notAnArtifact"))
        }
    }

    @Test func `training replaces a regular file or what a link names, and nothing else`() async throws {
        try await withFolder { folder in
            let lines = (0..<60).map {
                "{\"id\":\"1\",\"project\":\"p\",\"title\":\"\($0 % 2 == 0 ? "crash" : "add") \($0)\","
                    + "\"category\":\"\($0 % 2 == 0 ? "bug" : "feature")\"}"
            }
            // Without an extension, and all of one id: neither a base folder nor one row.
            let data = "\(folder)/tasks"
            try Data(lines.joined(separator: "\r\n").utf8).write(to: URL(fileURLWithPath: data))
            try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder)/real"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/link", withDestinationPath: "\(folder)/real")
            let run = try await TriageCtlRun(["model", "train", "--data", data, "--out", "\(folder)/link"])
            #expect(run.status == 0, "\(run.errors)")
            let card = try await TriageCtlRun(["model", "show", "\(folder)/real"])
            #expect(card.status == 0, "\(card.errors)")
            #expect(card.output.contains("licence     not recorded"))
            #expect(card.output.contains("48 rows trained on, 12 held back"))
            let folderRun = try await TriageCtlRun(["model", "train", "--data", data, "--out", folder])
            #expect(folderRun.status == 1)
            #expect(folderRun.errors.contains("not a regular file"))
        }
    }
}
