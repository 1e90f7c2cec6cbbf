/// What a table may hold; each bound keeps a table readable and a decision cheap.
package enum RoutingBounds {
    package static let variants = 50
    package static let rules = 200
    /// Entries of one list of a condition.
    package static let listEntries = 1_000
    /// Characters of a name or a value of a condition.
    package static let nameLength = 100
    /// Unicode scalars of a tier or a group: no task has a longer one, so that no rule by it could ever match.
    package static let tierLength = 64
    /// Earlier weights of one split.
    package static let earlierWeights = 100
    /// Bytes of a table's JSON.
    package static let bytes = 1 << 20
}

extension RoutingTable {
    /// All that is wrong with the table; empty when it can be used.
    func faults() -> [RoutingFault] {
        var check = Check(variants: Set(variants.keys))
        check.name(name, "name")
        check.text(version, "version")
        check.count(variants.count, 1...RoutingBounds.variants, "variants", "variants")
        for (name, variant) in variants.sorted(by: { $0.key < $1.key }) {
            check.name(name, "variants.\(name)")
            check.name(variant.provider, "variants.\(name).provider")
            if let version = variant.version { check.text(version, "variants.\(name).version") }
        }
        check.count(rules.count, 0...RoutingBounds.rules, "rules", "rules")
        for (index, rule) in rules.enumerated() { check.rule(rule, "rules[\(index)]") }
        check.route(otherwise, "otherwise")
        return check.faults
    }
}

/// Collects faults of a table's parts.
private struct Check {
    let variants: Set<String>
    private(set) var faults: [RoutingFault] = []
    private var ruleNames: Set<String> = []
    private var experiments: [String: (path: String, isBalanced: Bool)] = [:]

    init(variants: Set<String>) { self.variants = variants }

    mutating func fault(_ path: String, _ text: String) { faults.append(RoutingFault(path: path, text: text)) }

    mutating func count(_ count: Int, _ range: ClosedRange<Int>, _ path: String, _ what: String) {
        if !range.contains(count) { fault(path, "\(range.lowerBound) to \(range.upperBound) \(what), not \(count)") }
    }

    /// A name that stands in URLs, metrics and salts: letters, digits, dot, hyphen, underscore.
    mutating func name(_ name: String, _ path: String) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if !isPlain || name.isEmpty || name.utf8.count > RoutingBounds.nameLength {
            fault(path, "a name has 1 to \(RoutingBounds.nameLength) letters, digits and . - _ (ASCII)")
        }
    }

    mutating func text(_ text: String, _ path: String) {
        let hasControl = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        if text.isEmpty || text.count > RoutingBounds.nameLength || hasControl {
            fault(path, "must have 1 to \(RoutingBounds.nameLength) characters, none of them control characters")
        }
    }

    /// What a task may say of its user: a rule for anything else would never match.
    mutating func tier(_ text: String, _ path: String) {
        let scalars = text.unicodeScalars
        let hasControl = scalars.contains { $0.properties.generalCategory == .control }
        if hasControl || scalars.count > RoutingBounds.tierLength || scalars.allSatisfy(\.properties.isWhitespace) {
            fault(
                path,
                "must have 1 to \(RoutingBounds.tierLength) characters, not only white space, none of them control "
                    + "characters: no task has another")
        }
    }

    mutating func rule(_ rule: RoutingRule, _ path: String) {
        text(rule.name, "\(path).name")
        if !ruleNames.insert(rule.name).inserted { fault("\(path).name", "another rule has this name") }
        if rule.when.lists.allSatisfy({ $0.values == nil }) {
            fault("\(path).when", "a rule without a condition hides all after it: use otherwise")
        }
        for (list, values) in rule.when.lists {
            guard let values else { continue }
            count(values.count, 1...RoutingBounds.listEntries, "\(path).when.\(list)", "values")
            for (index, value) in values.enumerated() {
                let place = "\(path).when.\(list)[\(index)]"
                if ["tiers", "groups"].contains(list) { tier(value, place) } else { text(value, place) }
            }
            if Set(values).count < values.count { fault("\(path).when.\(list)", "a value stands there twice") }
        }
        route(rule.route, path)
    }

    mutating func route(_ route: Route, _ path: String) {
        switch route.choice {
        case .fixed(let variant): known(variant, "\(path).variant")
        case .split(let split): self.split(split, path)
        }
        for (index, shadow) in route.shadows.enumerated() { known(shadow, "\(path).shadows[\(index)]") }
        if Set(route.shadows).count < route.shadows.count { fault("\(path).shadows", "a variant stands there twice") }
        count(route.shadows.count, 0...RoutingBounds.variants, "\(path).shadows", "variants")
    }

    private mutating func known(_ variant: String, _ path: String) {
        if !variants.contains(variant) { fault(path, "there is no variant \(variant)") }
    }

    private mutating func split(_ split: Split, _ path: String) {
        name(split.experiment, "\(path).experiment")
        let isBalanced = split.assignment == .balanced
        if let other = experiments[split.experiment], isBalanced || other.isBalanced {
            fault("\(path).experiment", "shares its users with \(other.path), so neither can be balanced")
        }
        experiments[split.experiment] = (path, isBalanced)
        for variant in split.weights.keys.sorted() { known(variant, "\(path).weights.\(variant)") }
        weights(split.weights, "\(path).weights")
        count(split.earlier.count, 0...RoutingBounds.earlierWeights, "\(path).earlier", "earlier weights")
        for (index, earlier) in split.earlier.enumerated() {
            // A variant of back then may be gone from the table.
            for variant in earlier.keys.sorted() { name(variant, "\(path).earlier[\(index)].\(variant)") }
            weights(earlier, "\(path).earlier[\(index)]")
        }
    }

    private mutating func weights(_ weights: [String: Int], _ path: String) {
        count(weights.count, 1...RoutingBounds.variants, path, "weights")
        for (variant, weight) in weights.sorted(by: { $0.key < $1.key }) where !(0...Split.whole).contains(weight) {
            fault("\(path).\(variant)", "a weight is 0 to 100 %")
        }
        // Sums of numbers that may be anything.
        let sum = weights.values.reduce(0) { $0.addingReportingOverflow($1).partialValue }
        if sum != Split.whole { fault(path, "weights must sum to 100 %, not \(Percent.text(sum)) %") }
    }
}
