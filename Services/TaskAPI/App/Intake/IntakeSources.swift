import Contracts
import FoundationEssentials
import Postgres

/// Where issues come from, in `task.intake_sources`.
struct IntakeSources: Sendable {
    /// Of one tenant.
    static let limit = 200
    /// Shown of one source.
    static let deliveries = 100

    let pool: DatabasePool
    let secrets: SecretBox

    /// Stores a new source.
    /// - Returns: it with its secret, which nobody can read again.
    /// - Throws: `Problem` when the name is taken, there are too many, or no key to seal with.
    func add(_ draft: IntakeSourceDraft, caller: Caller) async throws -> IntakeSourceView {
        let id = Identifier()
        // 32 bytes; of the alphabet that both systems take in their forms.
        let secret =
            draft.secret
            ?? RandomBytes.make(32).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
        let sealed = try Self.sealed(secrets, secret, id)
        let now = EventTime.now
        let isStored: Bool
        do throws(DatabaseError) {
            let stored = try await pool.execute(
                """
                INSERT INTO task.intake_sources (id, tenant, kind, name, project, labels, secret, created_by, created_at)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
                WHERE (SELECT count(*) FROM task.intake_sources WHERE tenant = $2) < $10
                """,
                [
                    id.uuid, caller.tenant, draft.kind.rawValue, draft.name, draft.project,
                    JSONB(try Self.json(draft.labels ?? [])), sealed, caller.user, now.timestamp, Self.limit,
                ])
            isStored = stored == 1
        } catch {
            guard error.isUniqueViolation else { throw error }
            throw Problem(.nameTaken, detail: "Another source of this tenant is called \(draft.name).")
        }
        guard isStored else { throw Problem(.limitReached, detail: "A tenant has at most \(Self.limit) sources.") }
        return IntakeSourceView(
            id: id, kind: draft.kind, name: draft.name, project: draft.project, labels: draft.labels ?? [],
            secret: secret, createdBy: caller.user, createdAt: now)
    }

    func list(tenant: String) async throws -> [IntakeSource] {
        try await pool.query(
            "SELECT \(IntakeSource.columns) FROM task.intake_sources WHERE tenant = $1 ORDER BY created_at, id",
            [tenant]
        ).map { try IntakeSource($0) }
    }

    func find(_ id: Identifier, tenant: String) async throws -> IntakeSource? {
        try await pool.query(
            "SELECT \(IntakeSource.columns) FROM task.intake_sources WHERE id = $1 AND tenant = $2",
            [id.uuid, tenant]
        ).first.map { try IntakeSource($0) }
    }

    /// The source that a webhook's address names, whosever it is: the secret says whether the sender may.
    func addressed(_ id: Identifier, kind: IntakeKind) async throws -> IntakeSource? {
        try await pool.query(
            "SELECT \(IntakeSource.columns) FROM task.intake_sources WHERE id = $1 AND kind = $2",
            [id.uuid, kind.rawValue]
        ).first.map { try IntakeSource($0) }
    }

    /// Forgets a source; its tasks stay.
    func remove(_ id: Identifier, tenant: String) async throws -> Bool {
        try await pool.execute("DELETE FROM task.intake_sources WHERE id = $1 AND tenant = $2", [id.uuid, tenant]) == 1
    }

    /// What came last, the latest first.
    func deliveries(of id: Identifier) async throws -> [IntakeDelivery] {
        try await pool.query(
            """
            SELECT delivery_id, event, outcome, reason, task_id, received_at FROM task.intake_deliveries
            WHERE source_id = $1 AND outcome IS NOT NULL ORDER BY received_at DESC, delivery_id LIMIT $2
            """, [id.uuid, Self.deliveries]
        ).map { row in
            IntakeDelivery(
                deliveryID: try row.decode(at: 0), event: try row.decode(at: 1),
                outcome: IntakeOutcome(rawValue: try row.decode(at: 2)) ?? .ignored, reason: try row.decode(at: 3),
                taskID: try row.decode(at: 4, as: UUID?.self).map { Identifier($0) },
                receivedAt: EventTime(microseconds: try row.decode(at: 5, as: Timestamp.self).microseconds))
        }
    }

    /// The secret in clear.
    func secret(of source: IntakeSource) throws -> [UInt8] {
        do throws(SecretBox.Fault) {
            return try secrets.open(source.secret, for: IntakeSource.owner(source.id))
        } catch {
            throw Problem(
                .secretsKeyMissing, detail: "The secret of source \(source.id) was sealed with a key that isn't here.")
        }
    }

    private static func sealed(_ secrets: SecretBox, _ secret: String, _ id: Identifier) throws(Problem) -> [UInt8] {
        do throws(SecretBox.Fault) {
            return try secrets.seal(Array(secret.utf8), for: IntakeSource.owner(id))
        } catch {
            throw Problem(.secretsKeyMissing, detail: "Set TRIAGELOOP_SECRETS_KEY_FILE for task-api.")
        }
    }

    private static func json(_ labels: [LabelMeaning]) throws(DatabaseError) -> [UInt8] {
        do {
            return try ContractJSON.encode(labels)
        } catch {
            throw DatabaseError(code: .invalidArgument, reason: "\(error)")
        }
    }
}
