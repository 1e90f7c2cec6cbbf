import Contracts
import FaultServer
import Foundation
import TestSupport
import Testing

@Suite struct TaskCommandTests {
    @Test func `tasks are created, watched, imported, listed and shown on a running system`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            let environment = ["TRIAGELOOP_API_URL": system.url, "TRIAGELOOP_AMQP_URL": system.broker.url]

            let create = try await TriageCtlRun(
                ["tasks", "create", "The app crashes at login", "--project", "mobile", "--watch"],
                environment: environment)
            #expect(create.status == 0, "\(create.errors)")
            #expect(create.output.contains("task.created.v1"))
            #expect(create.output.contains("analysis.completed.v1"))
            #expect(create.output.contains("category "))
            let id = try #require(create.firstWords.first.map(String.init))

            let refused = try await TriageCtlRun(["tasks", "create", " "], environment: environment)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("/title") && refused.errors.contains("correlation id "))
            #expect(refused.errors.contains(ErrorCode.invalidField.rawValue))

            let file = NSTemporaryDirectory() + "import-\(UUID().uuidString).jsonl"
            let lines = (1...40).map { #"{"title":"Button \#($0) does nothing","user":"user\#($0 % 15)"}"# }
            try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let imported = try await TriageCtlRun(
                ["tasks", "import", file, "--wait", "--batch", "2"], environment: environment)
            #expect(imported.status == 0, "\(imported.errors)")
            #expect(imported.output.contains("40 accepted, 0 rejected; 40 analysed, 0 failed, 0 still waiting"))
            try FileManager.default.removeItem(atPath: file)

            let list = try await TriageCtlRun(
                ["tasks", "list", "--project", "mobile", "--json"], environment: environment)
            let page = try JSONDecoder().decode(Page<TaskView>.self, from: Data(list.output.utf8))
            #expect(page.items.map(\.id.description) == [id])

            // The streams may have told of the analysis a moment before it was stored.
            _ = try await system.analysed(try #require(Identifier(id)))
            let show = try await TriageCtlRun(["tasks", "show", id, "--timeline"], environment: environment)
            #expect(show.output.contains("The app crashes at login") && show.output.contains("analysis by"))
            #expect(show.output.contains("analysis.completed.v1"))

            // Values that no model suggests, so that both are corrections.
            let feedback = try await TriageCtlRun(
                ["tasks", "feedback", id, "category=crash", "effort=17", "priority"], environment: environment)
            #expect(feedback.status == 0, "\(feedback.errors)")
            #expect(feedback.output.contains("category  crash (corrected"))
            #expect(feedback.output.contains("effort    17 (corrected"))
            #expect(feedback.output.contains("(accepted"))

            let erased = try await TriageCtlRun(["tasks", "erase", id], environment: environment)
            #expect(erased.status == 0 && erased.output.contains("what remains:"), "\(erased.errors)")
            let gone = try await TriageCtlRun(["tasks", "show", id], environment: environment)
            #expect(gone.status == 1 && gone.errors.contains(ErrorCode.taskErased.rawValue))
            try await eventually("ai-analyzer has done its part") {
                let erasure = try await TriageCtlRun(["tasks", "erasure", id], environment: environment)
                return erasure.output.contains("ai-analyzer: done") && erasure.output.contains("1 analyses")
                    && erasure.output.contains("retraining-trigger: to follow")
            }

            let missing = try await TriageCtlRun(["tasks", "show", UUID().uuidString], environment: environment)
            #expect(missing.status == 1)
            #expect(missing.errors.contains(ErrorCode.taskNotFound.rawValue))
        }
    }

    @Test func `watch goes on over a restart of the API and ends with the analysis`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let environment = ["TRIAGELOOP_API_URL": system.url]
            let create = try await TriageCtlRun(["tasks", "create", "A slow one"], environment: environment)
            let id = try #require(create.firstWords.first.map(String.init))
            let folder = URL(fileURLWithPath: NSTemporaryDirectory() + "watch-\(UUID().uuidString)")
            async let watch = TriageCtlRun(
                ["tasks", "watch", id, "--until-analysed"], environment: environment, folder: folder)
            try await eventually("the story so far is shown") {
                // Not there yet is nothing shown yet.
                let output = try? String(contentsOf: folder.appendingPathComponent("output"), encoding: .utf8)
                return output?.contains("task.created.v1") ?? false
            }
            let api = try system.service(.taskAPI)
            await api.end(SIGKILL)
            try api.start()
            try system.service(.aiAnalyzer).start()
            let run = try await watch
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("again"))
            #expect(run.output.split(separator: "\n").count { $0.contains("task.created.v1") } == 1, "\(run.output)")
            #expect(run.output.contains("analysis.completed.v1"))
        }
    }

    @Test func `an import without the analyzer says how many still wait, and fails`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let file = NSTemporaryDirectory() + "import-\(UUID().uuidString).jsonl"
            try #"{"title":"Nobody looks at this"}"#.write(toFile: file, atomically: true, encoding: .utf8)
            let run = try await TriageCtlRun(
                ["tasks", "import", file, "--wait", "--timeout", "1"],
                environment: ["TRIAGELOOP_API_URL": system.url])
            #expect(run.status == 1)
            #expect(run.output.contains("1 accepted, 0 rejected; 0 analysed, 0 failed, 1 still waiting"))
            try FileManager.default.removeItem(atPath: file)
        }
    }

    @Test func `a bad line stops an import before anything is posted`() async throws {
        let file = NSTemporaryDirectory() + "import-\(UUID().uuidString).jsonl"
        try "{\"title\":\"good\"}\n{\"title\":\"\"}\nnot json\n".write(toFile: file, atomically: true, encoding: .utf8)
        // Nobody listens there: a post would end with 69.
        let run = try await TriageCtlRun(
            ["tasks", "import", file],
            environment: ["TRIAGELOOP_API_URL": "http://127.0.0.1:\(try LoopbackPort.free())"])
        #expect(run.status == 1)
        #expect(run.errors.contains("line 2: /title") && run.errors.contains("line 3"))
        try FileManager.default.removeItem(atPath: file)
    }
}
