import FoundationEssentials
import Rollout
import Testing

@Suite struct RoutingTableReadingTests {
    /// `path: text` of each fault.
    private func faults(_ json: String) -> [String] {
        do {
            _ = try RoutingTable(json: Array(json.utf8))
            return []
        } catch {
            return error.faults.map { $0.path.isEmpty ? $0.text : "\($0.path): \($0.text)" }
        }
    }

    @Test func `the example of the documentation is a table`() throws {
        let table = try exampleTable()
        #expect(table.name == "triage-model" && table.version == "2026-11-23")
        #expect(table.variants["next"] == RouteVariant(provider: "gateway", version: "2026-11"))
        #expect(table.variants["built-in"]?.version == nil)
        #expect(table.rules.map(\.when.tiers) == [["gold"], nil])
        #expect(table.rules[0].route.shadows == ["next"])
    }

    @Test func `a table comes back from its own JSON`() throws {
        for table in [
            try exampleTable(),
            try splitTable(["a": 1_250, "b": 8_750], earlier: [["a": 1, "c": 9_999]], assignment: .balanced),
        ] {
            let data = try JSONEncoder().encode(table)
            #expect(try RoutingTable(json: Array(data)) == table)
        }
    }

    @Test func `all faults of a table are told at once`() {
        let json = """
            {"nam": "x", "variants": {"a b": {"provider": "p"}, "c": {"provider": 7, "model": "m"}},
             "rules": [{"name": "r", "when": {"tier": ["gold"]}, "variant": "gone"},
                       {"name": "r", "when": {"tiers": []}, "weights": {"c": 60, "d": 41.5}, "shadows": ["c", "c"]},
                       {"when": {"tiers": ["a", "a"]}, "variant": "c", "weights": {"c": 100}}],
             "otherwise": {"experiment": "e", "weights": {"c": "all"}, "assignment": "luck"}}
            """
        let found = faults(json)
        for fault in [
            "nam: is unknown; there are name, version, variants, rules, otherwise", "name: is missing",
            "variants.c.model: is unknown; there are provider, version",
            "variants.c.provider: must be a string, not a number",
            "variants.a b: a name has 1 to 100 letters, digits and . - _ (ASCII)",
            "rules[0].when.tier: is unknown; there are tenants, tiers, groups, users",
            "rules[0].variant: there is no variant gone", "rules[1].name: another rule has this name",
            "rules[1].when.tiers: 1 to 1000 values, not 0", "rules[1].experiment: is missing",
            "rules[1].weights.d: there is no variant d", "rules[1].weights: weights must sum to 100 %, not 101.5 %",
            "rules[1].shadows: a variant stands there twice", "rules[2].name: is missing",
            "rules[2].when.tiers: a value stands there twice",
            "rules[2].weights: a route has either a variant or weights",
            "otherwise.weights.c: must be a number, not a string", "otherwise.assignment: must be hash or balanced",
        ] { #expect(found.contains(fault), "\(fault)\nin\n\(found.joined(separator: "\n"))") }
        #expect(found.count == 18, "\(found.joined(separator: "\n"))")
    }

    @Test func `a member that stands there twice is a fault, however it is written`() {
        let json = #"""
            {"name": "t", "na\u006de": "u", "variants": {"a": {"provider": "p"}, "b": {"provider": "p", "provider": "q"}},
             "rules": [{"name": "r", "when": {"users": ["name", "na,\"me\""]}, "variant": "a"},
                       {"name": "s", "when": {"tiers": ["x"], "tiers": ["y"]}, "variant": "a", "variant": "b"}],
             "otherwise": {"experiment": "e", "weights": {"a": 60, "b": 40, "a": 60}}}
            """#
        #expect(
            faults(json) == [
                "name: stands there twice", "variants.b.provider: stands there twice",
                "rules[1].when.tiers: stands there twice", "rules[1].variant: stands there twice",
                "otherwise.weights.a: stands there twice",
            ])
    }

    @Test(arguments: [
        ("", "is no JSON"), ("[]", "must be an object, not an array"), ("{", "is no JSON"),
        (#"{"name":"n","variants":{"a":{"provider":"p"}},"otherwise":{}}"#, "otherwise.weights: is missing"),
        (#"{"name":"n","variants":{},"otherwise":{"variant":"a"}}"#, "variants: 1 to 50 variants, not 0"),
        (#"{"name":"n","variants":{"a":{"provider":"p"}}}"#, "otherwise: is missing"),
        (
            #"{"name":"n","variants":{"a":{"provider":"p"}},"otherwise":{"experiment":"e","weights":{"a":99.999}}}"#,
            "otherwise.weights.a: a weight is a percentage with at most two digits behind the point"
        ),
        (
            #"{"name":"n","variants":{"a":{"provider":"p"},"b":{"provider":"p"}},"#
                + #""otherwise":{"experiment":"e","weights":{"a":-10,"b":110}}}"#,
            "otherwise.weights.a: a weight is 0 to 100 %"
        ),
        (
            #"{"name":"n","variants":{"a":{"provider":"p"}},"rules":[{"name":"r","when":{},"variant":"a"}],"#
                + #""otherwise":{"variant":"a"}}"#, "rules[0].when: a rule without a condition hides all after it"
        ),
        (
            #"{"name":"n","variants":{"a":{"provider":"p"}},"rules":[{"name":"r","when":{"tiers":[" "]},"variant":"a"}],"#
                + #""otherwise":{"variant":"a"}}"#,
            "rules[0].when.tiers[0]: must have 1 to 64 characters, not only white space"
        ),
        (
            #"{"name":"n","variants":{"a":{"provider":"p"}},"otherwise":{"experiment":"e","weights":{"a":100},"#
                + #""earlier":[{"x":50}]}}"#, "otherwise.earlier[0]: weights must sum to 100 %, not 50 %"
        ),
    ])
    func `a table that can't be used says where and why`(json: String, fault: String) {
        let found = faults(json)
        #expect(found.contains { $0.hasPrefix(fault) }, "\(found)")
    }

    @Test func `two splits can't be balanced over the same users`() throws {
        let split = Split(experiment: "e", weights: ["a": Split.whole], assignment: .balanced)
        let make = { (other: Split) throws(RoutingTableError) in
            try RoutingTable(
                name: "n", variants: ["a": RouteVariant(provider: "p")],
                rules: [.init(name: "r", when: RouteCondition(tiers: ["t"]), route: Route(.split(split)))],
                otherwise: Route(.split(other)))
        }
        #expect(throws: RoutingTableError.self) { try make(Split(experiment: "e", weights: ["a": Split.whole])) }
        _ = try make(Split(experiment: "f", weights: ["a": Split.whole], assignment: .balanced))
    }

    @Test func `too large a file is not even parsed`() {
        #expect(faults(String(repeating: " ", count: RoutingBounds.bytes + 1)) == ["has more than 1048576 bytes"])
    }

    @Test func `a damaged table is refused or decides, and never crashes`() throws {
        let json = try JSONEncoder().encode(exampleTable())
        let words = ["-1", "1e308", "null", "\"\"", "[]", "{}", "100", "true", "\"e\"", "9.999"].map { Array($0.utf8) }
        var refused = 0
        for seed in UInt64(1)...2_000 {
            var generator = Seeded(seed)
            var bytes = Array(json)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let start = Int.random(in: 0..<bytes.count, using: &generator)
                let end = min(bytes.count, start + Int.random(in: 0...12, using: &generator))
                let word = generator.next() % 2 == 0 ? words.randomElement(using: &generator) ?? [] : []
                bytes.replaceSubrange(start..<end, with: word)
            }
            do {
                let table = try RoutingTable(json: bytes)
                let decision = table.decide(for: RouteSubject(user: "u\(seed)"), ordinal: Int(seed))
                if table.variants[decision.variant] == nil { return fail("seed \(seed): \(decision)") }
            } catch {
                refused += 1
                if error.faults.isEmpty { return fail("seed \(seed): refused without a reason") }
            }
        }
        #expect(refused > 1_000)
    }
}
