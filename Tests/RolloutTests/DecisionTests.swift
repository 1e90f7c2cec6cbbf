import Rollout
import Testing

@Suite struct DecisionTests {
    private let stable = RouteVariant(provider: "gateway", version: "1")
    private let next = RouteVariant(provider: "gateway", version: "2")

    private func table(_ rules: [RoutingRule], otherwise: Route) throws -> RoutingTable {
        try RoutingTable(
            name: "triage-model", version: "7", variants: ["stable": stable, "next": next], rules: rules,
            otherwise: otherwise)
    }

    @Test func `the first rule that matches decides`() throws {
        let table = try table(
            [
                RoutingRule(
                    name: "a", when: RouteCondition(tiers: ["gold"], groups: ["beta"]), route: Route(.fixed("next"))),
                RoutingRule(
                    name: "b", when: RouteCondition(tiers: ["gold", "silver"]), route: Route(.fixed("stable"))),
                RoutingRule(name: "c", when: RouteCondition(groups: ["beta"]), route: Route(.fixed("next"))),
                RoutingRule(
                    name: "d", when: RouteCondition(tenants: ["acme"], users: ["u"]), route: Route(.fixed("next"))),
            ], otherwise: Route(.fixed("stable")))
        let rule = { table.decide(for: $0).rule }
        #expect(rule(RouteSubject(user: "u", tier: "gold", group: "beta")) == "a")
        #expect(rule(RouteSubject(user: "u", tier: "silver", group: "beta")) == "b")
        #expect(rule(RouteSubject(user: "u", tier: "free", group: "beta")) == "c")
        #expect(rule(RouteSubject(user: "u", tenant: "acme")) == "d")
        #expect(rule(RouteSubject(user: "v", tenant: "acme")) == nil)
        #expect(rule(RouteSubject(user: "u", tier: "Gold")) == nil)
    }

    @Test func `each way to a variant has its reason`() throws {
        let rule = RoutingRule(name: "gold", when: RouteCondition(tiers: ["gold"]), route: Route(.fixed("stable")))
        let split = Route(.split(Split(experiment: "e", weights: ["stable": 9_000, "next": 1_000])))
        let fixed = try table([], otherwise: Route(.fixed("next")))
        #expect(fixed.decide(for: RouteSubject(user: "u")).reason == .static)
        let ruled = try table([rule], otherwise: Route(.fixed("next")))
        #expect(ruled.decide(for: RouteSubject(user: "u", tier: "gold")).reason == .targetingMatch)
        #expect(ruled.decide(for: RouteSubject(user: "u")).reason == .default)
        #expect(try table([rule], otherwise: split).decide(for: RouteSubject(user: "u")).reason == .split)
    }

    @Test func `without a user the largest share serves, and it is told as an error`() throws {
        let table = try splitTable(["b": 4_000, "a": 4_000, "c": 2_000])
        let decision = table.decide(for: RouteSubject(user: ""))
        #expect(decision.variant == "a" && decision.reason == .error && decision.bucket == nil)
        #expect(FlagEvaluation(decision)["error.type"] == .string("targeting_key_missing"))
        #expect(FlagEvaluation(decision)["feature_flag.context.id"] == nil)
    }

    @Test func `shadows run beside the chosen variant, never twice`() throws {
        let table = try table([], otherwise: Route(.fixed("stable"), shadows: ["stable", "next"]))
        #expect(table.decide(for: RouteSubject(user: "u")).shadows == ["next"])
    }

    @Test func `only a balanced split needs the user's ordinal`() throws {
        #expect(try splitTable().ordinalNeeded(for: RouteSubject(user: "u")) == nil)
        let balanced = try splitTable(assignment: .balanced)
        #expect(balanced.ordinalNeeded(for: RouteSubject(user: "u")) == "next-2026-11")
        #expect(balanced.ordinalNeeded(for: RouteSubject(user: "")) == nil)
        let gold = try exampleTable()
        #expect(gold.ordinalNeeded(for: RouteSubject(user: "u", tier: "gold")) == nil)
    }

    @Test func `a decision explains its rule, weights, bucket and ranges`() throws {
        let decision = try splitTable(["stable": 8_750, "next": 1_250]).decide(for: RouteSubject(user: "user-1"))
        #expect(
            decision.explanation == [
                "asked by user user-1 of tenant default, no tier, no group",
                "no rule matches", "experiment next-2026-11 has the weights next 12.5 %, stable 87.5 %",
                "a hash of tenant and user gives bucket 634, of 0-9999", "next has the buckets 0-1249",
            ])
    }

    @Test func `a decision says that its shadows don't run yet`() throws {
        let decision = try exampleTable().decide(for: RouteSubject(user: "ada", tier: "gold"))
        #expect(decision.explanation.last == "shadows, which ai-analyzer doesn't run yet: next")
    }

    @Test func `an evaluation carries the attributes of the conventions`() throws {
        let table = try exampleTable()
        let evaluation = FlagEvaluation(table.decide(for: RouteSubject(user: "user-1"), ordinal: 3))
        #expect(FlagEvaluation.eventName == "feature_flag.evaluation")
        #expect(
            evaluation.attributes.map { "\($0.key)=\($0.value)" } == [
                "feature_flag.key=triage-model", "feature_flag.provider.name=triageloop",
                "feature_flag.result.variant=next", "feature_flag.result.reason=split",
                "feature_flag.version=2026-11-23", "feature_flag.context.id=user-1",
                "triageloop.route.experiment=next-2026-11", "triageloop.route.bucket=735",
            ])
        let gold = FlagEvaluation(table.decide(for: RouteSubject(user: "user-1", tier: "gold")))
        #expect(gold["feature_flag.result.reason"] == .string("targeting_match"))
        #expect(gold["triageloop.route.tier"] == .string("gold"))
        #expect(gold["triageloop.route.group"] == nil)
        #expect(gold["triageloop.route.rule"] == .string("gold customers get what is proven"))
    }

    @Test func `a table without a version has a fingerprint that changes with its contents`() throws {
        let one = try splitTable()
        #expect(one.version.count == 16)
        #expect(try splitTable().version == one.version)
        #expect(try splitTable(["stable": 8_999, "next": 1_001]).version != one.version)
    }
}
