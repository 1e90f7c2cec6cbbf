/// Whom a rule is for: every list that is given must hold the subject's value.
package struct RouteCondition: Sendable, Hashable {
    package var tenants: [String]?
    package var tiers: [String]?
    package var groups: [String]?
    package var users: [String]?

    package init(
        tenants: [String]? = nil, tiers: [String]? = nil, groups: [String]? = nil, users: [String]? = nil
    ) {
        self.tenants = tenants
        self.tiers = tiers
        self.groups = groups
        self.users = users
    }

    /// The lists by the names that JSON gives them.
    var lists: [(name: String, values: [String]?)] {
        [("tenants", tenants), ("tiers", tiers), ("groups", groups), ("users", users)]
    }

    /// Whether the rule is for this subject. Values are compared byte by byte.
    package func matches(_ subject: RouteSubject) -> Bool {
        func holds(_ list: [String]?, _ value: String?) -> Bool {
            guard let list else { return true }
            guard let value else { return false }
            return list.contains { $0.utf8.elementsEqual(value.utf8) }
        }
        return holds(tenants, subject.tenant) && holds(tiers, subject.tier) && holds(groups, subject.group)
            && holds(users, subject.user)
    }
}

/// Who asks, as far as routing goes.
package struct RouteSubject: Sendable, Hashable {
    /// The user's id, unique in the tenant; empty when nobody is known.
    package var user: String
    package var tenant: String
    package var tier: String?
    /// The experiment group that the caller put the user in.
    package var group: String?

    package init(user: String, tenant: String = "default", tier: String? = nil, group: String? = nil) {
        self.user = user
        self.tenant = tenant
        self.tier = tier
        self.group = group
    }
}

extension RouteSubject: CustomStringConvertible {
    /// In words, what isn't known too: that is why a rule doesn't match.
    package var description: String {
        let user = user.isEmpty ? "nobody known" : "user \(user)"
        return "\(user) of tenant \(tenant), \(tier.map { "tier \($0)" } ?? "no tier"), "
            + (group.map { "group \($0)" } ?? "no group")
    }
}
