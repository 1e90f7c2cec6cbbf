import Contracts
import FoundationEssentials
import Postgres
import TaskAPICore

/// Deliveries in `task.webhook_deliveries`: queued with the event, claimed for one attempt, settled after it.
struct WebhookStore: Sendable {
    let pool: DatabasePool

    /// An event to deliver.
    struct Event: Sendable {
        let id: Identifier
        let type: String
        /// Whose it is; nil: everybody's.
        let tenant: String?
        let taskID: Identifier?
        /// As it stands on the broker.
        let body: [UInt8]
    }

    /// Makes a delivery for each webhook that wants the event; an event that comes again makes none.
    /// - Returns: how many there are now that weren't before.
    func queue(_ events: [Event]) async throws(DatabaseError) -> Int {
        let wanted = try await wanted(of: events)
        let types = Set(wanted.map(\.type))
        let events = events.filter { event in
            event.tenant.map { wanted.contains(Wanted(tenant: $0, type: event.type)) } ?? types.contains(event.type)
        }
        // As a rule: their texts needn't go to the database for nothing.
        guard !events.isEmpty else { return 0 }
        return try await pool.execute(
            """
            INSERT INTO task.webhook_deliveries (webhook_id, event_id, type, task_id, body, due_at)
            SELECT w.id, e.id, e.type, e.task_id, e.body, now()
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[])
                AS e (id, type, tenant, task_id, body)
            JOIN task.webhooks w ON w.is_enabled AND e.type = ANY (w.types)
                AND (e.tenant IS NULL OR e.tenant = w.tenant)
            WHERE e.type = '\(EventType.taskErased.rawValue)'
                OR NOT EXISTS (SELECT FROM task.erasures gone WHERE gone.task_id = e.task_id)
            ON CONFLICT DO NOTHING
            """,
            [
                events.map(\.id.uuid), events.map(\.type), events.map(\.tenant), events.map { $0.taskID?.uuid },
                events.map(\.body),
            ])
    }

    /// Which tenants want which of these types.
    private func wanted(of events: [Event]) async throws(DatabaseError) -> Set<Wanted> {
        let rows = try await pool.query(
            """
            SELECT DISTINCT tenant, type FROM task.webhooks CROSS JOIN LATERAL unnest(types) AS type
            WHERE is_enabled AND type = ANY ($1) AND ($3 OR tenant = ANY ($2))
            """,
            [
                Array(Set(events.map(\.type))), Array(Set(events.compactMap(\.tenant))),
                events.contains { $0.tenant == nil },
            ])
        var wanted: Set<Wanted> = []
        for row in rows { wanted.insert(Wanted(tenant: try row.decode(at: 0), type: try row.decode(at: 1))) }
        return wanted
    }

    private struct Wanted: Hashable {
        let tenant: String
        let type: String
    }

    /// One delivery that this replica is to attempt.
    struct Claim: Sendable {
        let webhookID: Identifier
        let eventID: Identifier
        let type: String
        let body: [UInt8]
        /// With this one.
        let attempts: Int
        let url: String
        /// Sealed, the newest first.
        let secrets: [[UInt8]]
        /// How long nothing has arrived there before this attempt.
        let failing: Duration
        /// Says that it is this replica's still.
        let lease: Identifier
    }

    /// Takes what is due, at most `limit` for each webhook; nobody else gets it before `lease` is over.
    /// - Parameters:
    ///   - only: the webhooks to look at; nil: all but `busy`.
    ///   - total: at most so many in all.
    func claim(
        only: [Identifier]?, busy: [Identifier], limit: Int, total: Int, lease: Duration
    ) async throws -> [Claim] {
        let id = Identifier()
        let rows = try await pool.query(
            """
            WITH due AS (
                SELECT d.webhook_id, d.event_id FROM task.webhooks w
                CROSS JOIN LATERAL (
                    SELECT webhook_id, event_id, due_at FROM task.webhook_deliveries
                    WHERE webhook_id = w.id AND state = 'pending' AND due_at <= now()
                    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) d
                WHERE w.is_enabled AND w.id <> ALL ($2::uuid[]) AND ($1::uuid[] IS NULL OR w.id = ANY ($1::uuid[]))
                ORDER BY d.due_at LIMIT $4
            )
            UPDATE task.webhook_deliveries d
            SET due_at = now() + make_interval(secs => $5), lease = $6, attempts = attempts + 1
            FROM due JOIN task.webhooks w ON w.id = due.webhook_id
            WHERE d.webhook_id = due.webhook_id AND d.event_id = due.event_id
            RETURNING d.webhook_id, d.event_id, d.type, d.body, d.attempts, w.url, w.secret,
                CASE WHEN w.previous_until > now() THEN w.previous_secret END,
                coalesce(extract(epoch FROM now() - w.failing_since), 0)::float8
            """, [only?.map(\.uuid), busy.map(\.uuid), limit, total, lease / .seconds(1), id.uuid])
        return try rows.map { row in
            let secret: [UInt8] = try row.decode(at: 6)
            let previous: [UInt8]? = try row.decode(at: 7)
            return Claim(
                webhookID: Identifier(try row.decode(at: 0)), eventID: Identifier(try row.decode(at: 1)),
                type: try row.decode(at: 2), body: try row.decode(at: 3), attempts: try row.decode(at: 4),
                url: try row.decode(at: 5), secrets: [secret] + [previous].compactMap(\.self),
                failing: .seconds(try row.decode(at: 8, as: Double.self)), lease: id)
        }
    }

    /// What an attempt came to, for the log.
    struct Result: Sendable {
        let status: Int?
        let error: String?
        let excerpt: String?
        let milliseconds: Int
    }

    /// Notes an attempt and what follows from it. A claim that ran out changes nothing of a delivery that is another
    /// replica's by now.
    func settle(_ claim: Claim, _ verdict: WebhookVerdict, _ result: Result) async throws {
        let (state, wait): (WebhookDeliveryState, Duration) =
            switch verdict.delivery {
            case .delivered: (.delivered, .zero)
            case .retry(let after): (.pending, after)
            case .givenUp: (.failed, .zero)
            }
        var statements = [
            Statement(
                """
                UPDATE task.webhook_deliveries SET state = $4, due_at = now() + make_interval(secs => $5), lease = NULL,
                    tried_at = now(), status = $6, error = $7, excerpt = $8, duration_ms = $9
                WHERE webhook_id = $1 AND event_id = $2 AND lease = $3
                """,
                [
                    claim.webhookID.uuid, claim.eventID.uuid, claim.lease.uuid, state.rawValue, wait / .seconds(1),
                    result.status, result.error, result.excerpt, result.milliseconds,
                ])
        ]
        if state == .delivered {
            statements.append(
                Statement(
                    "UPDATE task.webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL",
                    [claim.webhookID.uuid]))
        } else {
            statements.append(
                Statement(
                    """
                    UPDATE task.webhooks SET failing_since = coalesce(failing_since, now()),
                        is_enabled = is_enabled AND $2::text IS NULL,
                        reason = CASE WHEN is_enabled THEN coalesce($2::text, reason) ELSE reason END
                    WHERE id = $1 AND (failing_since IS NULL OR $2::text IS NOT NULL)
                    """, [claim.webhookID.uuid, verdict.disabling?.rawValue]))
        }
        try await pool.transaction(statements)
    }

    /// Gives a claim back untried, as when the service stops.
    func release(_ claim: Claim) async throws(DatabaseError) {
        try await pool.execute(
            """
            UPDATE task.webhook_deliveries SET due_at = now(), lease = NULL, attempts = attempts - 1
            WHERE webhook_id = $1 AND event_id = $2 AND lease = $3
            """, [claim.webhookID.uuid, claim.eventID.uuid, claim.lease.uuid])
    }
}
