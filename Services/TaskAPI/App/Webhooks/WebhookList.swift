import Contracts
import FoundationEssentials
import Postgres
import TaskAPICore

/// The webhooks of each tenant, in `task.webhooks`.
struct WebhookList: Sendable {
    /// Of one tenant.
    static let limit = 100
    static let secretBytes = 32

    let pool: DatabasePool
    let secrets: SecretBox
    let settings: WebhookSettings

    /// What a secret is sealed for.
    static func owner(_ id: Identifier) -> String { "webhook:\(id)" }

    private static let columns = """
        id, url, types, description, is_enabled, reason, failing_since, previous_until, created_by, created_at, \
        (SELECT count(*) FROM (SELECT 1 FROM task.webhook_deliveries WHERE webhook_id = id AND state = 'pending' \
        LIMIT 10000) AS waiting)
        """

    /// Stores a new webhook.
    /// - Returns: it with its secret, which nobody can read again.
    /// - Throws: `Problem` for an address that isn't allowed, for too many, and without a key to seal with.
    func add(_ draft: WebhookDraft, caller: Caller) async throws -> WebhookView {
        try check(draft.url)
        let id = Identifier()
        let (secret, sealed) = try makeSecret(for: id)
        let rows = try await pool.query(
            """
            INSERT INTO task.webhooks (id, tenant, url, description, types, secret, created_by, created_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, now()
            WHERE (SELECT count(*) FROM task.webhooks WHERE tenant = $2) < $8
            RETURNING \(Self.columns)
            """,
            [
                id.uuid, caller.tenant, draft.url, draft.description, draft.types.map(\.rawValue), sealed, caller.user,
                Self.limit,
            ])
        guard let row = rows.first else {
            throw Problem(.limitReached, detail: "A tenant has at most \(Self.limit) webhooks.")
        }
        var view = try Self.view(row)
        view.secret = secret
        return view
    }

    func list(tenant: String) async throws -> [WebhookView] {
        try await pool.query(
            "SELECT \(Self.columns) FROM task.webhooks WHERE tenant = $1 ORDER BY created_at, id", [tenant]
        ).map { try Self.view($0) }
    }

    func find(_ id: Identifier, tenant: String) async throws -> WebhookView {
        try Self.view(
            await one(id, "SELECT \(Self.columns) FROM task.webhooks WHERE id = $1 AND tenant = $2", [tenant]))
    }

    /// Changes what the edit names. One that is enabled again starts anew, with all that is pending.
    func change(_ id: Identifier, _ edit: WebhookEdit, tenant: String) async throws -> WebhookView {
        if let url = edit.url { try check(url) }
        return try Self.view(
            await one(
                id,
                """
                UPDATE task.webhooks SET url = coalesce($3, url), types = coalesce($4::text[], types),
                    description = coalesce($5, description), is_enabled = coalesce($6, is_enabled),
                    reason = CASE $6::bool WHEN true THEN NULL WHEN false THEN 'an operator disabled it' ELSE reason END,
                    failing_since = CASE WHEN $6::bool THEN NULL ELSE failing_since END
                WHERE id = $1 AND tenant = $2 RETURNING \(Self.columns)
                """, [tenant, edit.url, edit.types?.map(\.rawValue), edit.description, edit.enabled]))
    }

    /// Its deliveries go along, which may be under way: whoever settles one holds it and wants the webhook next, so that
    /// the two may wait for each other until the database ends one of them. That one is run again.
    func remove(_ id: Identifier, tenant: String) async throws -> WebhookView {
        let rows = try await pool.transaction([
            Statement(
                "DELETE FROM task.webhooks WHERE id = $1 AND tenant = $2 RETURNING \(Self.columns)",
                [id.uuid, tenant])
        ])
        guard let row = rows.first?.first else { throw Self.missing(id) }
        return try Self.view(row)
    }

    /// A new secret; the one before signs as well for a while.
    func rotate(_ id: Identifier, tenant: String) async throws -> WebhookView {
        let (secret, sealed) = try makeSecret(for: id)
        var view = try Self.view(
            await one(
                id,
                """
                UPDATE task.webhooks SET previous_secret = secret, previous_until = now() + make_interval(secs => $4),
                    secret = $3
                WHERE id = $1 AND tenant = $2 RETURNING \(Self.columns)
                """, [tenant, sealed, settings.overlap / .seconds(1)]))
        view.secret = secret
        return view
    }

    private func one(
        _ id: Identifier, _ sql: String, _ parameters: [any DatabaseEncodable]
    ) async throws -> Row {
        guard let row = try await pool.query(sql, [id.uuid] + parameters).first else {
            throw Self.missing(id)
        }
        return row
    }

    private static func missing(_ id: Identifier) -> Problem {
        Problem(.webhookNotFound, detail: "No webhook \(id) in this tenant.")
    }

    private func check(_ url: String) throws(Problem) {
        guard
            let fault = WebhookAddress.fault(
                in: url, allowsHTTP: settings.allowsHTTP, allowsPrivate: settings.allowsPrivate)
        else { return }
        throw Problem(
            .addressRefused, detail: "The url \(fault).",
            errors: [BrokenRule(pointer: "/url", detail: fault, code: .addressRefused)])
    }

    private func makeSecret(for id: Identifier) throws(Problem) -> (text: String, sealed: [UInt8]) {
        let bytes = RandomBytes.make(Self.secretBytes)
        do {
            return ("whsec_" + bytes.base64, try secrets.seal(bytes, for: Self.owner(id)))
        } catch {
            throw Problem(.secretsKeyMissing, detail: "Set TRIAGELOOP_SECRETS_KEY_FILE for task-api.")
        }
    }

    private static func view(_ row: Row) throws -> WebhookView {
        func time(_ column: Int) throws -> EventTime? {
            try row.decode(at: column, as: Timestamp?.self).map { EventTime(microseconds: $0.microseconds) }
        }
        let until = try time(7)
        return WebhookView(
            id: Identifier(try row.decode(at: 0)), url: try row.decode(at: 1),
            // A type that this version doesn't know is one that it doesn't send.
            types: try row.decode(at: 2, as: [String].self).compactMap { EventType(rawValue: $0) },
            description: try row.decode(at: 3), enabled: try row.decode(at: 4), reason: try row.decode(at: 5),
            failingSince: try time(6), pending: try row.decode(at: 10),
            previousSecretUntil: until.flatMap { $0 > .now ? $0 : nil }, createdBy: try row.decode(at: 8),
            createdAt: EventTime(microseconds: try row.decode(at: 9, as: Timestamp.self).microseconds))
    }
}

/// The log of one webhook, and what is sent again by hand.
extension WebhookList {
    /// Shown at most.
    static let deliveries = 100

    /// The latest first.
    func log(of id: Identifier, tenant: String, state: WebhookDeliveryState?) async throws -> [WebhookDelivery] {
        _ = try await find(id, tenant: tenant)
        return try await pool.query(
            """
            SELECT event_id, type, state, attempts, created_at, tried_at, duration_ms, status, error, excerpt, due_at
            FROM task.webhook_deliveries WHERE webhook_id = $1 AND ($2::text IS NULL OR state = $2::text)
            ORDER BY created_at DESC, event_id DESC LIMIT $3
            """, [id.uuid, state?.rawValue, Self.deliveries]
        ).map { row in
            let state = WebhookDeliveryState(rawValue: try row.decode(at: 2)) ?? .pending
            func time(_ column: Int) throws -> EventTime? {
                try row.decode(at: column, as: Timestamp?.self).map { EventTime(microseconds: $0.microseconds) }
            }
            return WebhookDelivery(
                eventID: Identifier(try row.decode(at: 0)), type: try row.decode(at: 1), state: state,
                attempts: try row.decode(at: 3), createdAt: try time(4) ?? .now, triedAt: try time(5),
                durationMilliseconds: try row.decode(at: 6), status: try row.decode(at: 7),
                error: try row.decode(at: 8),
                excerpt: try row.decode(at: 9), dueAt: state == .pending ? try time(10) : nil)
        }
    }

    /// Makes deliveries due, as if they had never been tried.
    /// - Returns: how many.
    func redeliver(_ draft: RedeliveryDraft, of id: Identifier, tenant: String) async throws -> Int {
        _ = try await find(id, tenant: tenant)
        let count = try await pool.execute(
            """
            UPDATE task.webhook_deliveries SET state = 'pending', due_at = now(), attempts = 0, lease = NULL
            WHERE webhook_id = $1 AND (event_id = $2::uuid OR $3::timestamptz IS NOT NULL AND created_at >= $3::timestamptz
                AND (state = 'failed' OR state = 'pending' AND error IS NOT NULL))
            """, [id.uuid, draft.eventID?.uuid, draft.since?.timestamp])
        guard count > 0 || draft.eventID == nil else {
            throw Problem(.deliveryNotFound, detail: "The webhook has no delivery of that event, or not any more.")
        }
        return count
    }

    /// Queues an event that only says hello.
    /// - Returns: its id.
    func test(_ id: Identifier, tenant: String, story: Story) async throws -> Identifier {
        _ = try await find(id, tenant: tenant)
        let event = Identifier()
        let body: JSONValue = [
            "specversion": "1.0", "id": .string(event.description), "source": "/services/task-api",
            "type": .string(WebhookEvent.testType), "subject": .string(id.description),
            "time": .string(EventTime.now.description), "datacontenttype": "application/json",
            "correlationid": .string(story.correlationID), "data": ["webhook_id": .string(id.description)],
        ]
        try await pool.execute(
            """
            INSERT INTO task.webhook_deliveries (webhook_id, event_id, type, body, due_at)
            VALUES ($1, $2, $3, $4, now())
            """, [id.uuid, event.uuid, WebhookEvent.testType, Array(body.text().utf8)])
        return event
    }
}
