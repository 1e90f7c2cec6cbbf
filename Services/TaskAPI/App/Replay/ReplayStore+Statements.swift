import Contracts
import Postgres
import TaskAPICore

/// What replays write.
extension ReplayStore {
    static func insertion(of row: ReplayRow, user: String) throws -> Statement {
        Statement(
            """
            INSERT INTO task.replays (id, tenant, candidate, since, until, project, task_limit, state, next_before,
                fields, requested_by, correlation_id, traceparent, created_at, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $9, $10, $11, $12, $13, $13) ON CONFLICT DO NOTHING
            """,
            [
                row.id.uuid, row.tenant, row.candidate, row.since.timestamp, row.until.timestamp, row.project,
                Int32(row.limit), row.nextBefore.uuid, JSONB(try ContractJSON.encode(row.fields)), user,
                row.correlationID, row.traceparent, row.createdAt.timestamp,
            ])
    }

    static func insertion(of differences: [ReplayDifference], _ id: Identifier) throws -> Statement {
        Statement(
            """
            INSERT INTO task.replay_differences (replay_id, task_id, field, shown, candidate, truth, outcome)
            SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::text[])
            ON CONFLICT DO NOTHING
            """,
            [
                id.uuid, differences.map(\.taskID.uuid), differences.map(\.field.rawValue),
                try differences.map { JSONB(try ContractJSON.encode($0.shown)) },
                try differences.map { try $0.candidate.map { JSONB(try ContractJSON.encode($0)) } },
                try differences.map { try $0.truth.map { JSONB(try ContractJSON.encode($0)) } },
                differences.map(\.outcome.rawValue),
            ])
    }

    static func forgetChunks(_ row: ReplayRow) -> Statement {
        Statement("DELETE FROM task.replay_chunks WHERE replay_id = $1", [row.id.uuid])
    }

    /// A replay whose answer is lost (a dead letter) must not hold up the next one for ever.
    func giveUp(_ tenant: String, _ now: EventTime) -> Statement {
        let before = EventTime(microseconds: now.microseconds - limits.patience.components.seconds * 1_000_000)
        return Statement(
            """
            UPDATE task.replays SET state = 'failed', reason = 'no answer came; another replay was started'
            WHERE tenant = $1 AND state = 'running' AND changed_at < $2
            """, [tenant, before.timestamp])
    }

    func tidy(_ tenant: String) -> Statement {
        Statement(
            """
            DELETE FROM task.replays WHERE id IN (
                SELECT id FROM task.replays WHERE tenant = $1 AND state <> 'running' ORDER BY created_at DESC OFFSET $2)
            """, [tenant, limits.kept])
    }
}
