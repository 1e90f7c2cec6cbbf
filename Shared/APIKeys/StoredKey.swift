package import Contracts
import FoundationEssentials
import Postgres

/// A key as a secret's hash finds it.
package struct StoredKey: Sendable, Equatable {
    package var id: Identifier
    package var prefix: String
    package var tenant: String
    package var user: String
    package var role: CallerRole
    package var actsForUsers: Bool
    /// Of the key or of this secret of it, whichever ends first.
    package var expiresAt: EventTime?
    package var revokedAt: EventTime?

    package init(
        id: Identifier, prefix: String, tenant: String, user: String, role: CallerRole, actsForUsers: Bool = false,
        expiresAt: EventTime? = nil, revokedAt: EventTime? = nil
    ) {
        self.id = id
        self.prefix = prefix
        self.tenant = tenant
        self.user = user
        self.role = role
        self.actsForUsers = actsForUsers
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }
}

extension APIKeyView {
    static let columns = """
        id, name, prefix, tenant, user_id, role, acts_for_users, created_at, created_by, last_used_at, expires_at, \
        revoked_at
        """

    init(_ row: Row) throws(DatabaseError) {
        self.init(
            id: Identifier(try row.decode(at: 0)), name: try row.decode(at: 1), prefix: try row.decode(at: 2),
            tenant: try row.decode(at: 3), user: try row.decode(at: 4), role: try .stored(row.decode(at: 5)),
            actsForUsers: try row.decode(at: 6), createdAt: try EventTime(row.decode(at: 7)),
            createdBy: try row.decode(at: 8),
            lastUsedAt: try row.decode(at: 9, as: Timestamp?.self).map(EventTime.init),
            expiresAt: try row.decode(at: 10, as: Timestamp?.self).map(EventTime.init),
            revokedAt: try row.decode(at: 11, as: Timestamp?.self).map(EventTime.init))
    }
}

extension CallerRole {
    /// The least there is for a word that this version doesn't know.
    static func stored(_ text: String) -> CallerRole { CallerRole(rawValue: text) ?? .user }
}

extension EventTime {
    init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }
}
