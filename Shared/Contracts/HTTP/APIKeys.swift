/// What a caller may do.
package enum CallerRole: String, Codable, CaseIterable, Sendable, Comparable {
    /// Works with the tasks of a tenant.
    case user
    /// Runs the system: may do all that a user may.
    case `operator`

    package static func < (left: CallerRole, right: CallerRole) -> Bool { left == .user && right == .operator }
}

/// The body of `POST /v1/keys`.
package struct APIKeyDraft: Codable, Hashable, Validated {
    package static let nameCharacters = 1...100
    package static let userCharacters = 1...100

    package var name: String
    /// Who acts with the key; the key's name if absent.
    package var user: String?
    package var role: CallerRole?
    /// Whether requests may name another user of the tenant in `X-User-ID`.
    package var actsForUsers: Bool?
    package var expiresAt: EventTime?

    package init(
        name: String, user: String? = nil, role: CallerRole? = nil, actsForUsers: Bool? = nil,
        expiresAt: EventTime? = nil
    ) {
        self.name = name
        self.user = user
        self.role = role
        self.actsForUsers = actsForUsers
        self.expiresAt = expiresAt
    }

    enum CodingKeys: String, CodingKey {
        case name, user, role
        case actsForUsers = "acts_for_users"
        case expiresAt = "expires_at"
    }

    package static let rules: [FieldRule<APIKeyDraft>] = [
        .name("name", { $0.name }, nameCharacters), .name("user", { $0.user }, userCharacters),
    ]
}

/// The body of `POST /v1/keys/{id}/rotate`.
package struct APIKeyRotation: Codable, Hashable, Validated {
    /// Up to 30 days.
    package static let overlapSeconds = 0...2_592_000
    package static let defaultOverlapSeconds = 86_400

    /// How long the secret before goes on.
    package var overlapSeconds: Int?

    package init(overlapSeconds: Int? = nil) { self.overlapSeconds = overlapSeconds }

    enum CodingKeys: String, CodingKey { case overlapSeconds = "overlap_seconds" }

    package static let rules: [FieldRule<APIKeyRotation>] = [
        .range(
            "overlap_seconds", { $0.overlapSeconds.map(Double.init) },
            Double(overlapSeconds.lowerBound)...Double(overlapSeconds.upperBound))
    ]
}

/// An API key as operators see it: all but its secret, of which nothing but a hash is kept.
package struct APIKeyView: Codable, Hashable, Sendable {
    package var id: Identifier
    package var name: String
    /// How the latest secret begins, to recognise it by.
    package var prefix: String
    package var tenant: String
    package var user: String
    package var role: CallerRole
    package var actsForUsers: Bool
    package var createdAt: EventTime
    package var createdBy: String
    package var lastUsedAt: EventTime?
    package var expiresAt: EventTime?
    package var revokedAt: EventTime?

    package init(
        id: Identifier, name: String, prefix: String, tenant: String, user: String, role: CallerRole,
        actsForUsers: Bool, createdAt: EventTime, createdBy: String, lastUsedAt: EventTime? = nil,
        expiresAt: EventTime? = nil, revokedAt: EventTime? = nil
    ) {
        self.id = id
        self.name = name
        self.prefix = prefix
        self.tenant = tenant
        self.user = user
        self.role = role
        self.actsForUsers = actsForUsers
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name, prefix, tenant, user, role
        case actsForUsers = "acts_for_users"
        case createdAt = "created_at"
        case createdBy = "created_by"
        case lastUsedAt = "last_used_at"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
    }
}

/// A key with its new secret, which is shown this once.
package struct APIKeyIssued: Codable, Hashable, Sendable {
    package var key: APIKeyView
    package var secret: String
    /// Until when the secret before goes on; absent for a key's first one.
    package var previousValidUntil: EventTime?

    package init(key: APIKeyView, secret: String, previousValidUntil: EventTime? = nil) {
        self.key = key
        self.secret = secret
        self.previousValidUntil = previousValidUntil
    }

    enum CodingKeys: String, CodingKey {
        case key, secret
        case previousValidUntil = "previous_valid_until"
    }
}

/// The answer of `GET /v1/caller`: who the service takes the caller for.
package struct CallerView: Codable, Hashable, Sendable {
    /// How the service knows.
    package enum Means: String, Codable, CaseIterable, Sendable {
        /// It doesn't: the request's own words are believed.
        case believed
        case apiKey = "api_key"
        case token
    }

    package var tenant: String
    package var user: String
    package var role: CallerRole
    package var means: Means

    package init(tenant: String, user: String, role: CallerRole, means: Means) {
        self.tenant = tenant
        self.user = user
        self.role = role
        self.means = means
    }
}
