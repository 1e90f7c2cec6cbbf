import FoundationEssentials

extension RoutingTable {
    /// 16 hexadecimal digits that change with the contents: the version of a table without one.
    static func fingerprint(
        name: String, variants: [String: RouteVariant], rules: [RoutingRule], otherwise: Route
    ) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A tree of strings and finite numbers always encodes.
        let bytes = (try? encoder.encode(json(name, variants, rules, otherwise))).map { Array($0) } ?? []
        let halves = [Murmur3.hash(bytes, seed: 0), Murmur3.hash(bytes, seed: 1)]
        return halves.map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// The table as JSON, without its version.
    static func json(
        _ name: String, _ variants: [String: RouteVariant], _ rules: [RoutingRule], _ otherwise: Route
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name),
            "variants": .object(
                variants.mapValues { variant in
                    var members: [String: JSONValue] = ["provider": .string(variant.provider)]
                    members["version"] = variant.version.map { .string($0) }
                    return .object(members)
                }),
            "otherwise": .object(json(otherwise)),
        ]
        if !rules.isEmpty { members["rules"] = .array(rules.map { .object(json($0)) }) }
        return .object(members)
    }

    private static func json(_ rule: RoutingRule) -> [String: JSONValue] {
        var lists: [String: JSONValue] = [:]
        for (name, values) in rule.when.lists { lists[name] = values.map { .array($0.map { .string($0) }) } }
        return json(rule.route).merging(["name": .string(rule.name), "when": .object(lists)]) { $1 }
    }

    private static func json(_ route: Route) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        switch route.choice {
        case .fixed(let variant): members["variant"] = .string(variant)
        case .split(let split):
            members["experiment"] = .string(split.experiment)
            members["weights"] = json(split.weights)
            if !split.earlier.isEmpty { members["earlier"] = .array(split.earlier.map(json)) }
            if split.assignment != .hash { members["assignment"] = .string(split.assignment.rawValue) }
        }
        if !route.shadows.isEmpty { members["shadows"] = .array(route.shadows.map { .string($0) }) }
        return members
    }

    private static func json(_ weights: [String: Int]) -> JSONValue {
        .object(weights.mapValues { .number(Double($0) / 100) })
    }
}
