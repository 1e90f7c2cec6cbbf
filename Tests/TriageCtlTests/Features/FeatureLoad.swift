import Contracts
import CurlHTTP
import Synchronization
import TestSupport

/// People of a made-up team: they create tasks, judge earlier ones and edit some, all at once.
final class FeatureLoad: Sendable {
    struct Counts: Sendable {
        var tasks: [Identifier] = []
        var judgements = 0
        var edits = 0
        /// Tasks that were begun, of this run.
        var begun = 0
    }

    private let system: RunningSystem
    private let state = Mutex(Counts())

    init(_ system: RunningSystem) { self.system = system }

    var counts: Counts { state.withLock { $0 } }

    /// Creates so many tasks, `width` people at a time; every third is followed by a judgement, every fiftieth by an edit.
    func run(_ count: Int, users: Int, projects: Int, width: Int = 48) async throws {
        state.withLock { $0.begun = 0 }
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<width {
                group.addTask {
                    while true {
                        guard let number = self.next(of: count) else { return }
                        try await self.step(number, users: users, projects: projects)
                    }
                }
            }
        }
    }

    private func next(of count: Int) -> Int? {
        state.withLock { state in
            if state.begun == count { return nil }
            state.begun += 1
            return state.begun - 1
        }
    }

    private func step(_ number: Int, users: Int, projects: Int) async throws {
        let draft = TaskDraft(
            title: ["Export crashes?", "Add dark mode!", "How do I log in?"][number % 3],
            body: String(repeating: "It fails since https://a.b/\(number) ", count: number % 7) + "\n```\nx\n```",
            project: "project-\(number % projects)")
        let body = try await accepted(
            "POST", "/v1/tasks", String(decoding: try ContractJSON.encode(draft), as: UTF8.self),
            user: "user-\(number * 7 % users)")
        let task = try ContractJSON.decode(TaskView.self, from: body)
        let earlier = state.withLock { state in
            state.tasks.append(task.id)
            return state.tasks.randomElement() ?? task.id
        }
        if number % 3 == 0 { try await judge(earlier, number) }
        if number % 50 == 0 {
            _ = try await accepted("PATCH", "/v1/tasks/\(earlier)", #"{"title":"Edited \#(number)?"}"#, user: "editor")
            state.withLock { $0.edits += 1 }
        }
    }

    private func judge(_ task: Identifier, _ number: Int) async throws {
        let category = ["bug", "feature", "question", "chore"][number % 4]
        let priority = ["high", "medium", "low"][number / 3 % 3]
        let json = """
            {"fields":[{"field":"category","verdict":"corrected","value":"\(category)"},
                       {"field":"priority","verdict":"corrected","value":"\(priority)"}]}
            """
        _ = try await accepted("POST", "/v1/tasks/\(task)/feedback", json, user: "judge-\(number % 5)")
        state.withLock { $0.judgements += 1 }
    }

    private func accepted(_ method: String, _ path: String, _ json: String, user: String) async throws -> [UInt8] {
        let response = try await system.send(method, path, json: json, user: user)
        guard (200..<300).contains(response.status) else {
            throw ServiceProcess.Failure(
                description: "\(path): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return response.body
    }
}
