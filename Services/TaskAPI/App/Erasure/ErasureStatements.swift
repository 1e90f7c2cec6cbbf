import Contracts
import Postgres

/// The SQL of erasures: everything in the schema `task` that holds a task's text, or names it beside its title.
enum ErasureStatements {
    /// One kind of what goes.
    struct Removal {
        let what: String
        let statement: Statement
    }

    /// What goes with the task at once.
    static func removals(of id: Identifier, tenant: String) throws -> [Removal] {
        let problem = Problem.erased(id)
        // Whoever sends the request again gets to know, and doesn't create the task once more.
        let answer = try ContractJSON.encode(problem)
        return [
            Removal(what: "tasks", statement: Statement("DELETE FROM task.tasks WHERE id = $1", [id.uuid])),
            Removal(
                what: "timeline entries",
                statement: Statement("DELETE FROM task.timeline WHERE task_id = $1", [id.uuid])),
            Removal(
                what: "judgements", statement: Statement("DELETE FROM task.judgements WHERE task_id = $1", [id.uuid])),
            Removal(
                what: "kept answers",
                statement: Statement(
                    """
                    UPDATE task.idempotency SET status = $3, headers = '{}', body = $4 WHERE tenant = $2 AND task_id = $1
                    """, [id.uuid, tenant, Int32(problem.status), answer])),
            Removal(what: "unsent events", statement: unsent(id)),
            Removal(what: "replays' texts", statement: chunks(id)),
            Removal(
                what: "hashes of issues",
                statement: Statement(
                    """
                    UPDATE task.intake_issues SET text_hash = ''
                    WHERE task_id = $1 AND source_id IN (SELECT id FROM task.intake_sources WHERE tenant = $2)
                    """, [id.uuid, tenant])),
            Removal(what: "deliveries of webhooks", statement: deliveries(of: [id])),
            Removal(
                what: "replays' differences",
                statement: Statement(
                    """
                    DELETE FROM task.replay_differences
                    WHERE task_id = $1 AND replay_id IN (SELECT id FROM task.replays WHERE tenant = $2)
                    """, [id.uuid, tenant])),
        ]
    }

    /// Its events for webhooks, sent or not; that it was erased is told.
    static func deliveries(of ids: [Identifier]) -> Statement {
        Statement(
            "DELETE FROM task.webhook_deliveries WHERE task_id = ANY ($1) AND type <> '\(EventType.taskErased.rawValue)'",
            [ids.map(\.uuid)])
    }

    /// Its own events that wait for the broker.
    private static func unsent(_ id: Identifier) -> Statement {
        Statement(
            """
            DELETE FROM task.outbox WHERE type = ANY ($2) AND position(convert_to($1, 'UTF8') IN body) > 0
                AND convert_from(body, 'UTF8')::jsonb->>'subject' = $1
            """,
            [
                id.description,
                [EventType.taskCreated, .taskEdited, .feedbackRecorded].map(\.rawValue),
            ])
    }

    /// Its text in chunks of replays that wait for the broker; the chunk's other tasks stay.
    private static func chunks(_ id: Identifier) -> Statement {
        Statement(
            """
            WITH naming AS MATERIALIZED (
                SELECT event_id, convert_from(body, 'UTF8')::jsonb AS event FROM task.outbox
                WHERE type = '\(EventType.replayChunk.rawValue)' AND position(convert_to($1, 'UTF8') IN body) > 0
            )
            UPDATE task.outbox SET body = convert_to(jsonb_set(event, '{data,tasks}', (
                SELECT jsonb_agg(CASE WHEN item->>'task_id' = $1 THEN item || '{"title": "erased", "body": ""}' ELSE item END
                    ORDER BY place)
                FROM jsonb_array_elements(event #> '{data,tasks}') WITH ORDINALITY AS each (item, place)
            ))::text, 'UTF8') FROM naming WHERE outbox.event_id = naming.event_id
            """, [id.description])
    }

    static func tombstone(_ event: CloudEvent<TaskErased>) -> Statement {
        Statement(
            """
            INSERT INTO task.erasures (task_id, tenant, erased_by, erased_at, correlation_id) VALUES ($1, $2, $3, $4, $5)
            """,
            [
                event.data.taskID.uuid, event.data.tenant, event.data.erasedBy, event.data.erasedAt.timestamp,
                event.correlationID,
            ])
    }

    /// What went at once; more is to follow.
    static func firstPart(_ id: Identifier, _ removed: [RemovedItems]) throws -> Statement {
        Statement(
            "INSERT INTO task.erasure_parts (task_id, service, removed) VALUES ($1, '\(ServiceName.taskAPI.rawValue)', $2)",
            [id.uuid, JSONB(try ContractJSON.encode(removed))])
    }

    /// The rest of this service's own part; the second time it changes nothing.
    static func ownPartDone(_ id: Identifier, _ items: RemovedItems, at time: EventTime) throws -> Statement {
        Statement(
            """
            UPDATE task.erasure_parts SET removed = removed || $2, done_at = $3
            WHERE task_id = $1 AND service = '\(ServiceName.taskAPI.rawValue)' AND done_at IS NULL
            """, [id.uuid, JSONB(try ContractJSON.encode([items])), time.timestamp])
    }

    /// Another service's part, if this task was erased here.
    static func part(_ id: Identifier, _ part: ErasurePart) throws -> Statement {
        Statement(
            """
            INSERT INTO task.erasure_parts (task_id, service, removed, done_at)
            SELECT task_id, $2, $3, $4 FROM task.erasures WHERE task_id = $1 ON CONFLICT DO NOTHING
            """,
            [
                id.uuid, part.service.rawValue, JSONB(try ContractJSON.encode(part.removed)),
                part.doneAt?.timestamp,
            ])
    }

    /// What others say of these tasks: analyses name similar ones with their titles. The first statement answers for each
    /// analysis that it changed which of them it had named.
    ///
    /// Reads all analyses of the tenants: an index for it would cost each analysis more than each erasure costs now.
    static func mentions(of ids: [Identifier], tenants: [String]) -> [Statement] {
        let names = ids.map(\.description)
        return [
            Statement(
                """
                WITH naming AS MATERIALIZED (
                    SELECT id, task.similar_gone(analysis, '{similar}', $2) AS gone FROM task.tasks
                    WHERE tenant = ANY ($1) AND analysis IS NOT NULL
                        AND task.similar_gone(analysis, '{similar}', $2) IS NOT NULL
                )
                UPDATE task.tasks SET analysis = task.without_similar(analysis, '{similar}', $2),
                    updated_at = greatest(updated_at, clock_timestamp())
                FROM naming WHERE tasks.id = naming.id RETURNING naming.gone
                """, [tenants, names]),
            // Answers to feedback hold the task with its analysis.
            Statement(
                """
                WITH naming AS MATERIALIZED (
                    SELECT ctid AS place, convert_from(body, 'UTF8')::jsonb AS answer FROM task.idempotency
                    WHERE tenant = ANY ($1) AND EXISTS (
                        SELECT FROM unnest($2::text[]) AS name WHERE position(convert_to(name, 'UTF8') IN body) > 0)
                )
                UPDATE task.idempotency SET body = convert_to(task.without_similar(
                    task.without_similar(answer, '{task,analysis,similar}', $2), '{analysis,similar}', $2)::text, 'UTF8')
                FROM naming WHERE idempotency.ctid = naming.place
                    AND (task.similar_gone(answer, '{task,analysis,similar}', $2) IS NOT NULL
                        OR task.similar_gone(answer, '{analysis,similar}', $2) IS NOT NULL)
                """, [tenants, names]),
            // What webhooks send of analyses, and may send again.
            Statement(
                """
                WITH naming AS MATERIALIZED (
                    SELECT d.ctid AS place, convert_from(body, 'UTF8')::jsonb AS event
                    FROM task.webhook_deliveries d JOIN task.webhooks w ON w.id = d.webhook_id AND w.tenant = ANY ($1)
                    WHERE d.type = '\(EventType.analysisCompleted.rawValue)' AND EXISTS (
                        SELECT FROM unnest($2::text[]) AS name WHERE position(convert_to(name, 'UTF8') IN body) > 0)
                )
                UPDATE task.webhook_deliveries
                SET body = convert_to(task.without_similar(event, '{data,analysis,similar}', $2)::text, 'UTF8')
                FROM naming WHERE webhook_deliveries.ctid = naming.place
                    AND task.similar_gone(event, '{data,analysis,similar}', $2) IS NOT NULL
                """, [tenants, names]),
        ]
    }
}
