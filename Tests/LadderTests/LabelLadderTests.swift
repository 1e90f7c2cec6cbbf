import Contracts
import FaultServer
import Postgres
import TestSupport
import Testing

/// Changed labels and a remote model.
@Suite struct LabelLadderTests {
    private static func change(_ draft: LabelChangeDraft, _ harness: LadderHarness, version: Int) async throws {
        _ = try await harness.send("POST", "/v1/labels/changes", try ContractJSON.encode(draft))
        try await eventually("version \(version) is served") {
            try await harness.count(
                "SELECT count(*) FROM analysis.label_sets WHERE version = \(version)") == 1
        }
    }

    private static func category(_ title: String, _ harness: LadderHarness) async throws -> Analysis {
        let id = try await harness.post(TaskDraft(title: title, body: "", project: "shop"), user: "ana").id
        try await eventually("\(title) is analysed") { try await harness.task(id).status == .analysed }
        return try #require(try await harness.task(id).analysis)
    }

    @Test func `a remote model is offered new labels at once, may use old names, and is asked again for an old text`()
        async throws
    {
        // It always says "bug".
        let server = try ModelServer(.answer(LadderHarness.answer))
        try await LadderHarness.run(providers: LadderHarness.providers(server)) { harness in
            let first = try await Self.category("Login crashes", harness)
            #expect(first.rung == .provider && first.category?.value == "bug")
            #expect(try await Self.category("Login crashes", harness).rung == .provider)
            // The same text again: from the cache.
            #expect(server.callCount == 1)

            try await Self.change(LabelChangeDraft(.rename, ["bug"], into: "defect"), harness, version: 1)
            try await Self.change(
                LabelChangeDraft(.add, ["billing"], description: "invoices and payments"), harness, version: 2)
            let second = try await Self.category("Login crashes", harness)
            #expect(second.rung == .provider && second.category?.value == "defect")
            #expect(
                second.category?.distribution.keys.sorted() == ["billing", "defect", "feature", "question"])
            #expect(server.callCount == 2)
            let asked = String(decoding: try #require(server.requests.last).body, as: UTF8.self)
            #expect(asked.contains("billing") && asked.contains("invoices and payments"))

            // What is retired is no answer; the embedded model stands in, without it.
            try await Self.change(LabelChangeDraft(.retire, ["defect"]), harness, version: 3)
            let third = try await Self.category("Login crashes", harness)
            #expect(third.rung == .embedded && third.degraded)
            #expect(third.category?.distribution["defect"] == nil && third.category?.distribution["bug"] == nil)
        }
    }
}
