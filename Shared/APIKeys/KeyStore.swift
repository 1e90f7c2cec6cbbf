package import Contracts
import FoundationEssentials
package import Postgres

/// API keys in the schema `task`: made, listed, rotated and revoked within a tenant; found by a secret's hash.
package struct KeyStore: Sendable {
    /// Keys of a tenant that a list shows, the latest.
    package static let listed = 1_000
    /// Secrets of a key that are kept, the latest: a rotation removes older ones.
    package static let secretsKept = 10

    /// Why nothing was made.
    package struct TooMany: Error {
        /// How many keys of the tenant may be valid at once.
        package let limit: Int
    }

    private let pool: DatabasePool

    package init(pool: DatabasePool) { self.pool = pool }

    /// Makes a key.
    /// - Parameters:
    ///   - creator: who asked for it, for the list.
    ///   - limit: how many keys of the tenant may be valid at once.
    /// - Throws: `TooMany` when there are as many.
    package func create(
        _ draft: APIKeyDraft, tenant: String, creator: String, limit: Int, secret: APIKeySecret
    ) async throws -> APIKeyIssued {
        let id = Identifier().uuid
        // Two statements: within one the secret's policy wouldn't see the key yet.
        let made = try await pool.transaction([
            Statement(
                """
                INSERT INTO task.api_keys (id, name, prefix, tenant, user_id, role, acts_for_users, created_by, expires_at)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
                WHERE (SELECT count(*) FROM task.api_keys WHERE tenant = $4 AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > now())) < $10
                RETURNING \(APIKeyView.columns)
                """,
                [
                    id, draft.name, secret.prefix, tenant, draft.user ?? draft.name, (draft.role ?? .user).rawValue,
                    draft.actsForUsers ?? false, creator, draft.expiresAt?.timestamp, limit,
                ]),
            Statement(
                """
                INSERT INTO task.api_key_secrets (hash, key_id, prefix)
                SELECT $1, id, prefix FROM task.api_keys WHERE id = $2 AND tenant = $3
                """, [secret.hash.bytes, id, tenant]),
        ])
        guard let row = made.first?.first else { throw TooMany(limit: limit) }
        return APIKeyIssued(key: try APIKeyView(row), secret: secret.text)
    }

    /// The tenant's keys, the latest first, those that ended included.
    package func list(tenant: String) async throws -> [APIKeyView] {
        try await pool.query(
            "SELECT \(APIKeyView.columns) FROM task.api_keys WHERE tenant = $1 ORDER BY id DESC LIMIT $2",
            [tenant, Self.listed]
        ).map { try APIKeyView($0) }
    }

    /// One key of the tenant, if there is such a one.
    package func key(_ id: Identifier, tenant: String) async throws -> APIKeyView? {
        try await pool.query(
            "SELECT \(APIKeyView.columns) FROM task.api_keys WHERE id = $1 AND tenant = $2", [id.uuid, tenant]
        ).first.map { try APIKeyView($0) }
    }

    /// What came of a rotation.
    package enum Rotation: Sendable {
        case issued(APIKeyIssued)
        case noSuchKey
        /// It was revoked or has expired.
        case ended
    }

    /// Gives a key a new secret; the one before goes on for a while.
    package func rotate(
        _ id: Identifier, tenant: String, overlapSeconds: Int, secret: APIKeySecret
    ) async throws -> Rotation {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(
                """
                UPDATE task.api_keys SET prefix = $3 WHERE id = $1 AND tenant = $2 AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > now())
                RETURNING \(APIKeyView.columns), now() + make_interval(secs => $4)
                """, [id.uuid, tenant, secret.prefix, Double(overlapSeconds)])
            guard let row = rows.first else {
                let isThere = try await transaction.query(
                    "SELECT FROM task.api_keys WHERE id = $1 AND tenant = $2", [id.uuid, tenant])
                return isThere.isEmpty ? .noSuchKey : .ended
            }
            let end = try row.decode(at: 12, as: Timestamp.self)
            _ = try await transaction.queries([
                Statement(
                    """
                    UPDATE task.api_key_secrets SET expires_at = least(coalesce(expires_at, 'infinity'), $2)
                    WHERE key_id = $1
                    """, [id.uuid, end]),
                Statement(
                    "INSERT INTO task.api_key_secrets (hash, key_id, prefix) VALUES ($1, $2, $3)",
                    [secret.hash.bytes, id.uuid, secret.prefix]),
                Statement(
                    """
                    DELETE FROM task.api_key_secrets WHERE key_id = $1 AND hash NOT IN (
                        SELECT hash FROM task.api_key_secrets WHERE key_id = $1
                        ORDER BY expires_at DESC NULLS FIRST, created_at DESC LIMIT $2)
                    """, [id.uuid, Self.secretsKept]),
            ])
            return .issued(
                APIKeyIssued(key: try APIKeyView(row), secret: secret.text, previousValidUntil: EventTime(end)))
        }
    }

    /// Ends a key for good; it stays in the list. Revoked before, it stays so.
    /// - Returns: nil if there is no such key.
    package func revoke(_ id: Identifier, tenant: String) async throws -> APIKeyView? {
        try await pool.query(
            """
            UPDATE task.api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 AND tenant = $2
            RETURNING \(APIKeyView.columns)
            """, [id.uuid, tenant]
        ).first.map { try APIKeyView($0) }
    }

    /// The keys of these hashes, valid or not, in their order; nil where there is none.
    package func find(_ hashes: [APIKeyHash]) async throws -> [StoredKey?] {
        let rows = try await pool.query(
            """
            SELECT secrets.hash, keys.id, secrets.prefix, keys.tenant, keys.user_id, keys.role, keys.acts_for_users,
                least(keys.expires_at, secrets.expires_at), keys.revoked_at
            FROM task.api_key_secrets AS secrets JOIN task.api_keys AS keys ON keys.id = secrets.key_id
            WHERE secrets.hash = ANY($1)
            """, [hashes.map(\.bytes)])
        var found: [APIKeyHash: StoredKey] = [:]
        for row in rows {
            found[APIKeyHash(bytes: try row.decode(at: 0))] = StoredKey(
                id: Identifier(try row.decode(at: 1)), prefix: try row.decode(at: 2), tenant: try row.decode(at: 3),
                user: try row.decode(at: 4), role: .stored(try row.decode(at: 5)), actsForUsers: try row.decode(at: 6),
                expiresAt: try row.decode(at: 7, as: Timestamp?.self).map(EventTime.init),
                revokedAt: try row.decode(at: 8, as: Timestamp?.self).map(EventTime.init))
        }
        return hashes.map { found[$0] }
    }

    /// Notes when keys were last used; a note of an earlier use changes nothing.
    package func markUsed(_ uses: [(id: Identifier, at: EventTime)]) async throws {
        try await pool.execute(
            """
            UPDATE task.api_keys SET last_used_at = used.at
            FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at)
            WHERE api_keys.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)
            """, [uses.map(\.id.uuid), uses.map(\.at.timestamp)])
    }
}
