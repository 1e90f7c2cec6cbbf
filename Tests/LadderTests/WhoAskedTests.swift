import AIAnalyzer
import Contracts
import FaultServer
import Postgres
import Rollout
import TestSupport
import Testing

/// Who asked, from the request to the analysis: routes by tier and group, on the running services.
@Suite(.serialized) struct WhoAskedTests {
    private static let settings = ["PROVIDERS_RELOAD_INTERVAL": "3600s", "HEALING_INTERVAL": "100ms"]

    /// One provider with the versions v1 and v2, which ask for the models asked-1 and asked-2.
    private static func providers(_ server: ModelServer) -> String {
        let versions = (1...2).map {
            #"{"name": "v\#($0)", "model": "asked-\#($0)", "fields": ["category"], "output": "json_schema"}"#
        }
        return """
            {"providers": [{"name": "gateway", "kind": "openai", "base_url": "\(server.baseURL)",
              "versions": [\(versions.joined(separator: ", "))]}]}
            """
    }

    /// 90/10, but gold customers and a beta group have rules of their own.
    private static func routes(_ assignment: Split.Assignment) -> String {
        """
        {"name": "triage-model", "version": "7",
         "variants": {"stable": {"provider": "gateway", "version": "v1"},
                      "next": {"provider": "gateway", "version": "v2"}},
         "rules": [{"name": "gold customers", "when": {"tiers": ["gold"]}, "variant": "next"},
                   {"name": "beta group", "when": {"groups": ["bêta"]}, "experiment": "beta",
                    "weights": {"stable": 50, "next": 50}}],
         "otherwise": {"experiment": "next-2026-11", "assignment": "\(assignment.rawValue)",
                       "weights": {"stable": 90, "next": 10}}}
        """
    }

    /// Every sixth user is gold, every sixth of a tier that no rule names, every fifth in the group.
    private static let subjects = (0..<30).map { number in
        RouteSubject(
            user: "user-\(number)", tier: number % 6 == 0 ? "gold" : number % 6 == 1 ? "pläin" : nil,
            group: number % 5 == 4 ? "bêta" : nil)
    }

    @Test(arguments: [Split.Assignment.hash, .balanced])
    func `each task is served by the version that the pure decision names, and each user by one`(
        assignment: Split.Assignment
    ) async throws {
        let server = try ModelServer(.answer(LadderHarness.answer))
        let log = EvaluationLog()
        let routes = Self.routes(assignment)
        let table = try RoutingTable(json: Array(routes.utf8))
        try await LadderHarness.run(
            providers: Self.providers(server), routes: routes, Self.settings, logger: log.logger
        ) { harness in
            let tasks = try await Self.post(3, by: Self.subjects, to: harness)
            let count = tasks.count
            try await eventually("all are analysed", within: .seconds(60)) {
                try await harness.shown("provider", degraded: false) == count
            }
            let numbers = RouteNumbers(pool: harness.pool)
            var servedBy: [String: Set<String>] = [:]
            for (id, subject) in tasks {
                // As `triagectl route` does: the stored number where the table asks for one.
                let decision = try #require(try await numbers.decide(table, for: [subject]).first)
                let task = try await harness.task(id)
                let analysis = try #require(task.analysis)
                #expect(task.tier == subject.tier && task.group == subject.group)
                #expect(analysis.variant == decision.variant, "\(subject)")
                #expect(analysis.modelVersion == "gateway/\(decision.target.version ?? "")", "\(subject)")
                #expect(analysis.model == "served-1")
                servedBy[subject.user, default: []].insert(analysis.modelVersion)
                let evaluations = log.evaluations(of: id.description)
                #expect(evaluations.count == 1)
                for (key, value) in FlagEvaluation(decision).attributes {
                    #expect(evaluations.first?[key] == value.description, "\(key) of \(subject)")
                }
                #expect(evaluations.first?["triageloop.route.tier"] == subject.tier)
                #expect(evaluations.first?["triageloop.route.group"] == subject.group)
            }
            #expect(servedBy.count == 30 && servedBy.values.allSatisfy { $0.count == 1 })
            let gold = Self.subjects.filter { $0.tier == "gold" }.map(\.user)
            #expect(gold.allSatisfy { servedBy[$0] == ["gateway/v2"] })
            #expect(Set(servedBy.filter { !gold.contains($0.key) }.values) == [["gateway/v1"], ["gateway/v2"]])
            // What the analyses say is what was asked at the server.
            let asked = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
            #expect(asked.count == count)
            let ofNext = tasks.count { servedBy[$0.subject.user] == ["gateway/v2"] }
            #expect(asked.count { $0.contains(#""model":"asked-2""#) } == ofNext)
            #expect(asked.count { $0.contains(#""model":"asked-1""#) } == count - ofNext)
        }
    }

    @Test func `an edit leaves who asked as it was, and the repaired analysis goes the same way`() async throws {
        let server = try ModelServer(.status(500, body: "{}"))
        let log = EvaluationLog()
        try await LadderHarness.run(
            providers: Self.providers(server), routes: Self.routes(.hash), Self.settings, logger: log.logger
        ) { harness in
            let task = try await harness.post(TaskDraft(title: "It crashes", tier: "gold", group: "x"), user: "ada")
            try await eventually("it is degraded") { try await harness.shown("embedded", degraded: true) == 1 }
            let degraded = try await harness.task(task.id)
            #expect(degraded.analysis?.variant == "next")
            #expect(degraded.analysis?.reason?.hasPrefix("gateway/v2: ") == true)

            server.set(.answer(LadderHarness.answer))
            try await eventually("it is repaired") { try await harness.shown("provider", degraded: false) == 1 }
            let repaired = try await harness.task(task.id)
            #expect(repaired.analysis?.variant == "next" && repaired.analysis?.modelVersion == "gateway/v2")
            let evaluations = log.evaluations(of: task.id.description)
            #expect(evaluations.count >= 2)
            #expect(evaluations.allSatisfy { $0["triageloop.route.rule"] == "gold customers" })

            let edit = #"{"title": "It crashes at night", "tier": "free", "group": "y"}"#
            _ = try await harness.send("PATCH", "/v1/tasks/\(task.id)", Array(edit.utf8))
            try await eventually("the edited one is analysed") {
                try await harness.task(task.id).analysis?.revision == 2
            }
            let edited = try await harness.task(task.id)
            #expect(edited.tier == "gold" && edited.group == "x")
            #expect(edited.analysis?.modelVersion == "gateway/v2")
        }
    }

    @Test func `a bad tier or group is pointed at and stores nothing; in a batch it costs its own item`() async throws {
        let server = try ModelServer(.answer(LadderHarness.answer))
        try await LadderHarness.run(providers: Self.providers(server), Self.settings) { harness in
            for (json, pointer) in [
                (#"{"title": "a", "tier": ""}"#, "/tier"), (#"{"title": "a", "tier": "go\nld"}"#, "/tier"),
                (#"{"title": "a", "tier": 7}"#, "/tier"),
                (#"{"title": "a", "group": "\#(String(repeating: "g", count: 65))"}"#, "/group"),
            ] {
                await #expect {
                    _ = try await harness.send("POST", "/v1/tasks", Array(json.utf8))
                } throws: { error in
                    let text = "\(error)"
                    return text.contains(#""pointer":"\#(pointer)""#) && text.contains(ErrorCode.invalidField.rawValue)
                }
            }
            let batch = #"[{"title": "a", "tier": " "}, {"title": "b", "tier": "gold", "group": null}]"#
            let answer = try await harness.send("POST", "/v1/tasks/batch", Array(batch.utf8))
            let result = try ContractJSON.decode(BatchResult.self, from: answer)
            #expect(result.items.map(\.status) == [422, 202])
            #expect(result.items[0].problem?.errors.map(\.pointer) == ["/tier"])
            let said = "SELECT concat(count(*), ' ', min(tier), ' ', min(experiment_group)) FROM task.tasks"
            #expect(try await harness.text(said) == "1 gold ")
            try await eventually("the good one is analysed") {
                try await harness.shown("provider", degraded: false) == 1
            }
        }
    }

    @Test(arguments: [
        "gold", " ", "", "\u{A0}", "a\nb", "\u{7F}", "\u{85}", "é", String(repeating: "x", count: 64),
        String(repeating: "x", count: 65), String(repeating: "e\u{301}", count: 33), " gold ", "👩‍👩‍👧",
    ])
    func `a routing table takes exactly the tiers and groups that a task can have`(value: String) {
        let isTaken = TaskDraft(title: "a", tier: value).brokenRules().isEmpty
        #expect(TaskDraft(title: "a", group: value).brokenRules().isEmpty == isTaken)
        for when in [RouteCondition(tiers: [value]), RouteCondition(groups: [value])] {
            func table() throws(RoutingTableError) -> RoutingTable {
                try RoutingTable(
                    name: "t", variants: ["a": RouteVariant(provider: "p")],
                    rules: [RoutingRule(name: "r", when: when, route: Route(.fixed("a")))],
                    otherwise: Route(.fixed("a")))
            }
            // A refusal is one of the two answers.
            #expect(((try? table()) != nil) == isTaken)
        }
        #expect(RoutingBounds.tierLength == TaskDraft.routeCharacters.upperBound)
    }

    /// So many tasks by each, all at once.
    private static func post(
        _ each: Int, by subjects: [RouteSubject], to harness: LadderHarness
    ) async throws -> [(id: Identifier, subject: RouteSubject)] {
        try await withThrowingTaskGroup(of: (Identifier, RouteSubject).self) { group in
            for subject in subjects {
                for number in 0..<each {
                    group.addTask {
                        let draft = TaskDraft(
                            title: "\(subject.user) sees crash \(number)", tier: subject.tier, group: subject.group)
                        return (try await harness.post(draft, user: subject.user).id, subject)
                    }
                }
            }
            var posted: [(id: Identifier, subject: RouteSubject)] = []
            for try await (id, subject) in group { posted.append((id: id, subject: subject)) }
            return posted
        }
    }
}
