import Contracts
import Crypto
import Postgres
import TaskAPICore

/// A request that takes effect once, however often it is sent: whose it is, its key, and what it asks for.
///
/// The claim, the effect and the answer are one transaction: whoever claims first decides, others of any replica wait
/// for its end at the primary key, and a crash leaves either all of it or nothing.
struct Once: Sendable {
    /// Keys of different people, or of different operations, have nothing to do with each other.
    struct Name: Hashable, Sendable {
        let tenant: String
        let user: String
        let operation: String
        let key: IdempotencyKey
    }

    let name: Name
    /// Of method, path, query and body, so that another request under the same key is found out.
    let fingerprint: [UInt8]
    /// How long the answer is kept.
    let lifetime: Duration

    /// - Parameter content: method, path and body, in this order; their lengths keep them apart.
    init(_ name: Name, content: [[UInt8]], lifetime: Duration) {
        self.name = name
        self.lifetime = lifetime
        var hash = SHA256()
        for part in content {
            withUnsafeBytes(of: UInt64(part.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        fingerprint = Array(hash.finalize())
    }

    /// Makes the rest of the transaction the only one that acts for this key; to be its first statement.
    /// - Throws: `AnsweredBefore` when another one has acted.
    func claim(in transaction: DatabaseTransaction) async throws {
        let rows = try await transaction.queries([
            Statement(
                """
                INSERT INTO task.idempotency (tenant, user_id, operation, key, fingerprint, expires_at)
                VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
                ON CONFLICT (tenant, user_id, operation, key) DO UPDATE SET fingerprint = excluded.fingerprint,
                    expires_at = excluded.expires_at, status = NULL, headers = NULL, body = NULL, task_id = NULL
                WHERE idempotency.expires_at <= now()
                RETURNING 1
                """, place + [fingerprint, lifetime / .seconds(1)]),
            selection(onlyValid: false),
        ])
        guard rows[0].isEmpty else { return }
        throw AnsweredBefore(answer: try KeptAnswer(rows[1].one()))
    }

    /// The statement that keeps the answer; to be in the transaction of the claim.
    /// - Parameter taskID: the task whose text the answer holds, so that it can be erased with it.
    func keeping(_ answer: KeptAnswer, taskID: Identifier? = nil) throws -> Statement {
        Statement(
            """
            UPDATE task.idempotency SET status = $5, headers = $6, body = $7, task_id = $8
            WHERE tenant = $1 AND user_id = $2 AND operation = $3 AND key = $4
            """,
            place + [
                answer.status, JSONB(try ContractJSON.encode(answer.headers)), answer.body, taskID?.uuid,
            ])
    }

    /// The statement that reads what was answered under this key.
    func selection(onlyValid: Bool) -> Statement {
        Statement(selectionSQL(onlyValid: onlyValid), place)
    }

    /// What was answered under this key, if that is kept still.
    func find(in pool: DatabasePool) async throws -> KeptAnswer? {
        try await pool.query(selectionSQL(onlyValid: true), place).first.map { try KeptAnswer($0) }
    }

    private func selectionSQL(onlyValid: Bool) -> String {
        """
        SELECT fingerprint, status, headers, body FROM task.idempotency
        WHERE tenant = $1 AND user_id = $2 AND operation = $3 AND key = $4 \(onlyValid ? "AND expires_at > now()" : "")
        """
    }

    private var place: [any DatabaseEncodable] { [name.tenant, name.user, name.operation, name.key.text] }
}

/// Not a failure: the request took effect before, and this was the answer.
struct AnsweredBefore: Error {
    let answer: KeptAnswer
}
