package import Contracts
package import Postgres

/// The outbox table of one service's schema: written in the transaction of the state change, emptied after the
/// broker's confirm.
package struct Outbox: Sendable {
    private let pool: DatabasePool
    private let insertSQL: String
    private let deleteSQL: String
    private let overdueSQL: String
    private let countSQL: String

    /// - Parameter schema: the service's own schema, a constant of ours.
    package init(schema: StaticString, pool: DatabasePool) {
        self.pool = pool
        insertSQL = """
            INSERT INTO \(schema).outbox (event_id, type, correlation_id, traceparent, body)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            """
        deleteSQL = "DELETE FROM \(schema).outbox WHERE event_id = ANY($1::uuid[])"
        overdueSQL = """
            SELECT event_id, type, correlation_id, traceparent, body FROM \(schema).outbox
            WHERE created_at <= now() - make_interval(secs => $1) AND event_id > $2 ORDER BY event_id LIMIT $3
            """
        countSQL = "SELECT count(*) FROM \(schema).outbox"
    }

    /// The statement that stores the messages; run it in the transaction of the state change.
    package func insertion(of messages: [OutboxMessage]) -> Statement {
        Statement(
            insertSQL,
            [
                messages.map(\.eventID.uuid), messages.map(\.type), messages.map(\.correlationID),
                messages.map(\.traceparent), messages.map(\.body),
            ])
    }

    /// Forgets confirmed messages.
    package func delete(_ eventIDs: [Identifier]) async throws(DatabaseError) {
        _ = try await pool.execute(deleteSQL, [eventIDs.map(\.uuid)])
    }

    /// Messages that have been waiting for at least `age`, oldest first, after `after`.
    package func overdue(
        age: Duration, after: Identifier, limit: Int
    ) async throws(DatabaseError) -> [OutboxMessage] {
        let seconds = Double(age.components.seconds) + Double(age.components.attoseconds) / 1e18
        let rows = try await pool.query(overdueSQL, [seconds, after.uuid, limit])
        var messages: [OutboxMessage] = []
        for row in rows {
            messages.append(
                OutboxMessage(
                    eventID: Identifier(try row.decode(at: 0)), type: try row.decode(at: 1),
                    correlationID: try row.decode(at: 2), traceparent: try row.decode(at: 3),
                    body: try row.decode(at: 4)))
        }
        return messages
    }

    /// How many messages wait.
    package func count() async throws(DatabaseError) -> Int {
        let rows = try await pool.query(countSQL, [])
        return try rows.first?.decode(at: 0) ?? 0
    }
}
