package import Contracts

/// Who is proven to ask.
package struct Principal: Hashable, Sendable {
    package var tenant: String
    package var user: String
    package var role: CallerRole
    /// Whether requests may name another user of the tenant.
    package var actsForUsers: Bool
    package var means: CallerView.Means
    /// Tells this credential from others, for limits and logs: a key's id, or issuer and subject of a token. No secret.
    package var credential: String

    package init(
        tenant: String, user: String, role: CallerRole, actsForUsers: Bool = false, means: CallerView.Means,
        credential: String
    ) {
        self.tenant = tenant
        self.user = user
        self.role = role
        self.actsForUsers = actsForUsers
        self.means = means
        self.credential = credential
    }

    /// Whose name a request acts in.
    /// - Parameters:
    ///   - tenant: what the request says of its tenant, if it does.
    ///   - user: likewise of its user.
    /// - Throws: `IdentityRefusal` for a name that isn't theirs.
    package func acting(tenant: String?, user: String?) throws(IdentityRefusal) -> (tenant: String, user: String) {
        guard tenant == nil || tenant == self.tenant else { throw .foreignTenant }
        guard user == nil || user == self.user || actsForUsers else { throw .foreignUser }
        return (self.tenant, user ?? self.user)
    }
}
