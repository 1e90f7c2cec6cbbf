import AIAnalyzer
import FaultServer
import Settings
import TestSupport
import Testing

/// Who is served by whom, and what a change of the files changes.
@Suite(.serialized) struct RouteTests {
    private static let settings = ["PROVIDERS_RELOAD_INTERVAL": "100ms", "HEALING_INTERVAL": "3600s"]

    @Test func `a user who is routed to the embedded model is not degraded, and equal content is asked about once`()
        async throws
    {
        let server = try ModelServer(.answer(LadderHarness.answer))
        let routes = """
            {"name": "t", "variants": {"remote": {"provider": "gateway"}, "own": {"provider": "embedded"}},
             "rules": [{"name": "bob", "when": {"users": ["bob"]}, "variant": "own"}],
             "otherwise": {"variant": "remote"}}
            """
        try await LadderHarness.run(
            providers: LadderHarness.providers(server), routes: routes, Self.settings
        ) { harness in
            _ = try await harness.create(3, user: "bob")
            try await eventually("bob's are analysed") { try await harness.shown("embedded", degraded: false) == 3 }
            #expect(server.callCount == 0)
            for number in 1...2 {
                _ = try await harness.create(1) { _ in "The same" }
                try await eventually("it is analysed") {
                    try await harness.shown("provider", degraded: false) == number
                }
            }
            #expect(server.callCount == 1)
        }
    }

    @Test func `a fallback answers, degraded, when the route's provider doesn't`() async throws {
        let broken = try ModelServer(.status(500, body: "{}"))
        let well = try ModelServer(.answer(LadderHarness.answer))
        let providers = """
            {"providers": [
              {"name": "first", "kind": "openai", "base_url": "\(broken.baseURL)",
               "versions": [{"name": "v1", "model": "m", "fields": ["category"], "output": "json_schema"}]},
              {"name": "second", "kind": "openai", "base_url": "\(well.baseURL)",
               "versions": [{"name": "v1", "model": "m", "fields": ["category"], "output": "json_schema"}]}],
             "fallbacks": {"first/v1": ["second/v1"]}}
            """
        try await LadderHarness.run(providers: providers, Self.settings) { harness in
            _ = try await harness.create(1)
            try await eventually("it is analysed") { try await harness.shown("provider", degraded: true) == 1 }
            let said = "SELECT concat(analysis->>'model_version', ', ', analysis->>'reason') FROM task.tasks"
            #expect(try await harness.text(said) == "second/v1, first/v1: server_error")
            #expect(broken.callCount == 1)
        }
    }

    @Test func `a changed file is taken in without a restart, a broken one is not, and breakers stay`() async throws {
        let server = try ModelServer(.status(500, body: "{}"))
        let first = LadderHarness.providers(server)
        try await LadderHarness.run(providers: first, Self.settings) { harness in
            _ = try await harness.create(20)
            try await eventually("the breaker opens") {
                await harness.providersWarning() == "gateway/v1: circuit breaker open"
            }
            try harness.providersFile.write("{\"providers\": [{\"name\": 7}]}")
            try await eventually("the fault is said") {
                await harness.providersWarning()?.contains("/providers/0/name must be a text") == true
            }
            let file = harness.providersFile.path
            #expect(await harness.providersWarning()?.contains("the earlier ones hold: \(file): /providers/0") == true)
            #expect(await harness.providersWarning()?.hasPrefix("gateway/v1: circuit breaker") == true)

            let other = try ModelServer(.answer(LadderHarness.answer))
            let added = """
                {"providers": [{"name": "new", "kind": "openai", "base_url": "\(other.baseURL)",
                  "versions": [{"name": "v2", "model": "m", "fields": ["category"], "output": "json_schema"}]},
                """
            try harness.providersFile.write(first.replacing("{\"providers\": [", with: added))
            try await eventually("the fault is gone, the breaker is not") {
                let warning = await harness.providersWarning() ?? ""
                return warning.hasPrefix("gateway/v1: circuit breaker") && !warning.contains("faults")
            }
            _ = try await harness.create(1) { _ in "Another" }
            try await eventually("the new one answers") { try await harness.shown("provider", degraded: false) == 1 }
            #expect(
                try await harness.text("SELECT analysis->>'model_version' FROM task.tasks WHERE title = 'Another'")
                    == "new/v2")
        }
    }

    @Test func `at a start all faults of both files are named at once`() throws {
        let providers = try TemporaryFile("{\"providers\": [{\"name\": \"a b\", \"kind\": \"x\", \"versions\": []}]}")
        let routes = try TemporaryFile("{\"name\": \"t\", \"variants\": {}, \"otherwise\": {\"variant\": \"x\"}}")
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_PROVIDERS_FILE": providers.path, "TRIAGELOOP_ROUTES_FILE": routes.path,
            "TRIAGELOOP_ANALYSIS_DEADLINE": "1ms",
        ])
        _ = AIAnalyzerSettings(reader: &reader)
        let names = reader.faults.map(\.name)
        #expect(names.count { $0 == "TRIAGELOOP_PROVIDERS_FILE" } >= 3)
        #expect(names.count { $0 == "TRIAGELOOP_ROUTES_FILE" } >= 2)
        #expect(names.contains("TRIAGELOOP_ANALYSIS_DEADLINE"))
    }

    @Test func `a route to a version that isn't there is a fault`() throws {
        let providers = try TemporaryFile(
            """
            {"providers": [{"name": "g", "kind": "openai", "base_url": "http://127.0.0.1:1/v1",
              "versions": [{"name": "v1", "model": "m"}, {"name": "v2", "model": "m"}]}],
             "fallbacks": {"g/v1": ["g/v3"]}}
            """)
        let routes = try TemporaryFile(
            """
            {"name": "t", "variants": {"a": {"provider": "g"}, "b": {"provider": "g", "version": "v9"},
              "c": {"provider": "h"}}, "otherwise": {"variant": "a"}}
            """)
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_PROVIDERS_FILE": providers.path, "TRIAGELOOP_ROUTES_FILE": routes.path,
        ])
        _ = AIAnalyzerSettings(reader: &reader)
        #expect(
            reader.faults.map(\.reason) == [
                "/fallbacks names g/v3, which is no version of a provider",
                "variants.a.version is needed: the provider has several",
                "variants.b.version is not in the providers file",
                "variants.c.provider is not in the providers file",
            ])
    }
}
