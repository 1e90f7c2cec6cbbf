import Contracts
import FaultServer
import TestSupport
import Testing

/// An analysis of a remote model doesn't put the embedded model's words into its mouth.
@Suite struct WhoseWordsTests {
    @Test func `terms and interval of the embedded model stand only at the fields that it filled`() async throws {
        let server = try ModelServer(
            .answer(
                #"{"category":{"value":"bug","confidence":0.9},"effort":{"points":13,"confidence":0.8},"reason":"It crashes."}"#
            ))
        let providers = LadderHarness.providers(server).replacing(#"["category"]"#, with: #"["category", "effort"]"#)
        let routes = """
            {"name": "t", "variants": {"remote": {"provider": "gateway"}, "own": {"provider": "embedded"}},
             "rules": [{"name": "bob", "when": {"users": ["bob"]}, "variant": "own"}],
             "otherwise": {"variant": "remote"}}
            """
        let draft = TaskDraft(title: "The app crashes at login", body: "It crashes on every phone.", project: "shop")
        try await LadderHarness.run(
            providers: providers, routes: routes, ["HEALING_INTERVAL": "3600s"]
        ) { harness in
            var analyses: [String: Analysis] = [:]
            for user in ["ana", "bob"] {
                let id = try await harness.post(draft, user: user).id
                try await eventually("it is analysed") { try await harness.task(id).analysis != nil }
                analyses[user] = try await harness.task(id).analysis
            }
            let (own, remote) = (try #require(analyses["bob"]), try #require(analyses["ana"]))
            #expect(own.rung == .embedded && own.category?.value == "bug", "the test needs another task")
            #expect(own.category?.reasons.isEmpty == false && own.priority?.reasons.isEmpty == false)

            #expect(remote.rung == .provider && remote.explanation == "It crashes.")
            #expect(remote.category?.value == "bug" && remote.category?.reasons == [])
            let effort = try #require(remote.effort)
            #expect([effort.low, effort.points, effort.high] == [13, 13, 13])
            // It wasn't asked for the priority: that is the embedded model's, with its terms.
            #expect(remote.priority == own.priority)
        }
    }
}
