import Contracts
import TestSupport
import Testing

/// `triagectl labels` against a task-api.
@Suite struct LabelsCommandTests {
    @Test func `labels are changed, listed and told of, and what can't be is said`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            func run(_ arguments: String...) async throws -> TriageCtlRun {
                try await TriageCtlRun(["labels"] + arguments, environment: ["TRIAGELOOP_API_URL": system.url])
            }
            #expect(try await run().output.contains("version 0"))
            for arguments in [
                ["rename", "bug", "defect"], ["add", "billing", "--description", "money"],
                ["merge", "question", "--into", "feature"], ["retire", "billing"],
            ] {
                let changed = try await TriageCtlRun(
                    ["labels"] + arguments, environment: ["TRIAGELOOP_API_URL": system.url])
                #expect(changed.status == 0, "\(arguments): \(changed.errors)")
            }
            let list = try await run("list").output.split(separator: "\n").map(String.init)
            #expect(list.contains { $0.hasPrefix("defect") && $0.contains("active") && $0.contains("bug") })
            #expect(list.contains { $0.hasPrefix("billing") && $0.contains("retired") })
            #expect(!list.contains { $0.hasPrefix("question") } && list.last == "version 4")
            let history = try await run("history").output
            #expect(history.contains("rename bug into defect") && history.contains("retire billing"))

            let few = try await run("retire", "feature")
            #expect(few.status == 1 && few.errors.contains("LABELS_TOO_FEW"), "\(few.errors)")
            let stale = try await run("add", "docs", "--at-version", "1")
            #expect(stale.status == 1 && stale.errors.contains("LABELS_CHANGED"), "\(stale.errors)")
            let itself = try await run("rename", "feature", "feature")
            #expect(itself.status == 1 && itself.errors.contains("NAME_TAKEN"), "\(itself.errors)")
            #expect(try await run("rename", "feature", "a\u{7}").status == 65)
        }
    }
}
