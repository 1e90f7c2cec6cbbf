/// Who is served by which version of which model: ordered rules, of which the first that matches decides.
///
/// A value that holds nothing but the settings; equal tables decide equally on every machine. Made from JSON
/// (``init(json:)``) or in code; neither lets a table with faults through.
package struct RoutingTable: Sendable, Hashable {
    /// The table's name: `feature_flag.key` in traces.
    package let name: String
    /// The table's version as its author names it; without one, a fingerprint of its contents.
    package let version: String
    /// What can be routed to, by name.
    package let variants: [String: RouteVariant]
    /// Asked in this order.
    package let rules: [RoutingRule]
    /// For whom no rule matches.
    package let otherwise: Route

    /// A table without faults; else throws all of them.
    package init(
        name: String, version: String? = nil, variants: [String: RouteVariant], rules: [RoutingRule] = [],
        otherwise: Route
    ) throws(RoutingTableError) {
        self.init(unchecked: name, version: version, variants: variants, rules: rules, otherwise: otherwise)
        let faults = faults()
        guard faults.isEmpty else { throw RoutingTableError(faults: faults) }
    }

    init(
        unchecked name: String, version: String?, variants: [String: RouteVariant], rules: [RoutingRule],
        otherwise: Route
    ) {
        self.name = name
        self.variants = variants
        self.rules = rules
        self.otherwise = otherwise
        self.version = version ?? Self.fingerprint(name: name, variants: variants, rules: rules, otherwise: otherwise)
    }
}

/// One version of one model, by the names that the settings of the providers give them.
package struct RouteVariant: Sendable, Hashable {
    /// The provider's name, such as `gateway` or `embedded`.
    package var provider: String
    /// The version's name; nil for the provider's only one, or the champion of the embedded model.
    package var version: String?

    package init(provider: String, version: String? = nil) {
        self.provider = provider
        self.version = version
    }
}

/// A route for those who meet a condition.
package struct RoutingRule: Sendable, Hashable {
    /// What explanations call it; unique in its table.
    package var name: String
    package var when: RouteCondition
    package var route: Route

    package init(name: String, when: RouteCondition, route: Route) {
        self.name = name
        self.when = when
        self.route = route
    }
}

/// Where a task goes.
package struct Route: Sendable, Hashable {
    package enum Choice: Sendable, Hashable {
        /// Always this variant.
        case fixed(String)
        /// One of several, by the user's bucket.
        case split(Split)
    }

    package var choice: Choice
    /// Variants that also run, whose answers are stored and not shown.
    package var shadows: [String]

    package init(_ choice: Choice, shadows: [String] = []) {
        self.choice = choice
        self.shadows = shadows
    }

    var split: Split? { if case .split(let split) = choice { split } else { nil } }
}
