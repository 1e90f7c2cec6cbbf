import Contracts
import CurlHTTP
import Foundation
import TestSupport
import Testing

/// Tasks from tables and exports, and what becomes of those that can't be any.
struct ImportTests {
    private static let table = [
        "\u{FEFF}Summary;Description;Labels;Team;Key", #""Checkout crashes; always";"First line"#,
        #"second ""line""";bug, shop;shop;4711"#, ";no title;;shop;4712", #""open"#, "",
    ].joined(separator: "\n")

    @Test func `a table is posted but for its bad lines, which are in the rejects to be mended`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            try await Self.withFolder { folder in
                let file = folder + "/tickets.csv"
                try Self.table.write(toFile: file, atomically: true, encoding: .utf8)
                let environment = ["TRIAGELOOP_API_URL": system.url]
                let columns = [
                    "--column", "title=summary", "--column", "body=Description", "--column", "project=Team",
                    "--column", "reference_id=Key",
                ]
                // Without a file for the rejects nothing is posted.
                let strict = try await TriageCtlRun(["import", file] + columns, environment: environment)
                #expect(strict.status == 1)
                #expect(strict.errors.contains("line 4: /title must not be empty"))
                #expect(try await system.tasks().isEmpty)
                let rejects = folder + "/rejects.jsonl"
                let run = try await TriageCtlRun(
                    ["import", file, "--rejects", rejects] + columns, environment: environment)
                #expect(run.status == 1)
                #expect(run.output.contains("1 accepted, 2 rejected"))
                let task = try #require(try await system.tasks().first)
                #expect(task.title == "Checkout crashes; always")
                #expect(task.body == "First line\nsecond \"line\"")
                #expect(task.labels == ["bug", "shop"] && task.project == "shop")
                #expect(task.reference == TaskReference(system: "import", id: "4711"))
                let lines = try String(contentsOfFile: rejects, encoding: .utf8).split(separator: "\n").map(String.init)
                #expect(lines.count == 2)
                #expect(lines[0].contains(#""line":4"#) && lines[0].contains(#""body":"no title""#))
                #expect(lines[1].contains("never closed") && lines[1].contains(#"\"open"#))
                // Mended, the rejects are a file to import.
                let mended = folder + "/mended.jsonl"
                try lines[0].replacing("\"title\":\"\"", with: "\"title\":\"Now with one\"")
                    .write(toFile: mended, atomically: true, encoding: .utf8)
                let again = try await TriageCtlRun(["import", mended], environment: environment)
                #expect(again.status == 0, "\(again.errors)")
                #expect(try await system.tasks().count == 2)
            }
        }
    }

    @Test func `an export of GitHub's issues is posted with the way back, without its pull requests`() async throws {
        let export = #"""
            [{"number":12,"title":"Checkout crashes","body":null,"labels":[{"id":"1","name":"bug"}],
              "author":{"login":"octocat"},"url":"https://github.com/acme/shop/issues/12"},
             {"number":13,"title":"Of the REST API","body":"boom","labels":[],"user":{"login":"hubot"},
              "url":"https://api.github.com/repos/acme/shop/issues/13","html_url":"https://github.com/acme/shop/issues/13"},
             {"number":14,"title":"A pull request","pull_request":{"url":"x"}},
             {"number":15}]
            """#
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            try await Self.withFolder { folder in
                let file = folder + "/issues.json"
                try export.write(toFile: file, atomically: true, encoding: .utf8)
                let run = try await TriageCtlRun(
                    ["import", file, "--rejects", folder + "/rejects.jsonl"],
                    environment: ["TRIAGELOOP_API_URL": system.url])
                #expect(run.output.contains("2 accepted, 1 rejected"), "\(run.errors)")
                let tasks = try await system.tasks().sorted { $0.title < $1.title }
                #expect(tasks.map(\.author) == ["github:octocat", "github:hubot"])
                #expect(tasks.map(\.project) == ["acme/shop", "acme/shop"])
                #expect(tasks.map(\.reference?.id) == ["acme/shop#12", "acme/shop#13"])
                #expect(tasks[1].reference?.url == "https://github.com/acme/shop/issues/13")
            }
        }
    }

    @Test func `a table without a title column says which it has`() async throws {
        try await Self.withFolder { folder in
            let file = folder + "/t.csv"
            try "Summary,Body\na,b\n".write(toFile: file, atomically: true, encoding: .utf8)
            let run = try await TriageCtlRun(["import", file])
            #expect(run.status == 65)
            #expect(run.errors.contains("no column title") && run.errors.contains("Summary, Body"))
            let wrong = try await TriageCtlRun(["import", file, "--column", "heading=Summary"])
            #expect(wrong.status == 64)
        }
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "import-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await body(folder)
        try FileManager.default.removeItem(atPath: folder)
    }
}

extension RunningSystem {
    fileprivate func tasks() async throws -> [TaskView] {
        try ContractJSON.decode(Page<TaskView>.self, from: try await send("GET", "/v1/tasks").body).items
    }
}
