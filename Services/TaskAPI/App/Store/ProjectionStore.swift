import Contracts
import Postgres
import TaskAPICore

/// What the other services said, as task-api shows it. Every write may be repeated without a further effect.
struct ProjectionStore: Sendable {
    let pool: DatabasePool

    /// One statement for the batch: timeline entries, and the analysis on tasks still at its revision.
    ///
    /// A revision may be analysed again (a repair): the later one is shown, in whichever order they come. What people
    /// have set stands in `fields` and is left alone.
    func completed(_ events: [CloudEvent<AnalysisCompleted>]) -> Statement {
        Statement(
            """
            WITH new AS (
                SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::int4[], $5::text[], $6::text[],
                    $7::jsonb[], $8::jsonb[], $9::text[], $10::text[], $11::bool[])
                    AS new (task_id, event_id, at, revision, correlation_id, causation_id, summary, analysis, tenant,
                        author, is_last)
            ), timeline AS (
                INSERT INTO task.timeline
                    (task_id, event_id, type, time, revision, correlation_id, causation_id, summary, tenant, author)
                SELECT task_id, event_id, '\(EventType.analysisCompleted.rawValue)', at, revision, correlation_id,
                    causation_id, summary, tenant, author FROM new
                ON CONFLICT DO NOTHING
            )
            UPDATE task.tasks SET analysis = new.analysis, status = 'analysed', updated_at = greatest(updated_at, new.at)
            FROM new WHERE tasks.id = new.task_id AND tasks.revision = new.revision AND new.is_last
                AND (tasks.analysis IS NULL
                    OR (tasks.analysis->>'revision')::int4 <> new.revision
                    OR (tasks.analysis->>'analysed_at')::timestamptz <= (new.analysis->>'analysed_at')::timestamptz)
            """,
            [
                events.map(\.data.analysis.taskID.uuid), events.map(\.id.uuid), events.map(\.time.timestamp),
                events.map { Int32($0.data.analysis.revision) }, events.map(\.correlationID),
                events.map(\.causationID), events.map { JSONB(Summaries.completed($0.data.analysis).text()) },
                events.map { event in
                    var writer = JSONWriter(capacity: 1_024)
                    event.data.analysis.write(to: &writer)
                    return JSONB(writer.bytes)
                },
                events.map(\.data.tenant), events.map(\.data.author), Self.isLast(events),
            ])
    }

    /// For each whether no later analysis of the same revision is among them: an update takes one row of several.
    private static func isLast(_ events: [CloudEvent<AnalysisCompleted>]) -> [Bool] {
        var last: [Identifier: (revision: Int, at: EventTime, index: Int)] = [:]
        for (index, event) in events.enumerated() {
            let analysis = event.data.analysis
            if let other = last[analysis.taskID],
                (other.revision, other.at.microseconds) > (analysis.revision, analysis.analysedAt.microseconds)
            {
                continue
            }
            last[analysis.taskID] = (analysis.revision, analysis.analysedAt, index)
        }
        return events.indices.map { last[events[$0].data.analysis.taskID]?.index == $0 }
    }

    func failed(_ event: CloudEvent<AnalysisFailed>) -> [Statement] {
        [
            Statement(
                """
                INSERT INTO task.timeline
                    (task_id, event_id, type, time, revision, correlation_id, causation_id, summary, tenant, author)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
                """,
                [
                    event.data.taskID.uuid, event.id.uuid, event.type.rawValue, event.time.timestamp,
                    Int32(event.data.revision), event.correlationID, event.causationID,
                    JSONB(Summaries.failed(event.data).text()), event.data.tenant, event.data.author,
                ]),
            Statement(
                """
                UPDATE task.tasks SET status = 'failed', updated_at = greatest(updated_at, $3)
                WHERE id = $1 AND revision = $2 AND status = 'analysing'
                """, [event.data.taskID.uuid, Int32(event.data.revision), event.time.timestamp]),
        ]
    }

    func registered(_ model: ModelRegistered) throws -> Statement {
        Statement(
            """
            INSERT INTO task.models (version, parent, metrics, registered_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """,
            [
                model.version, model.parent, JSONB(try ContractJSON.encode(model.metrics)),
                model.registeredAt.timestamp,
            ])
    }

    func rolledOut(_ event: CloudEvent<RolloutChanged>) -> Statement {
        let rollout = event.data
        return Statement(
            """
            INSERT INTO task.rollouts
                (generation, champion, previous, reason, changed_at, event_id, correlation_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """,
            [
                rollout.generation, rollout.champion, rollout.previous, rollout.reason, rollout.changedAt.timestamp,
                event.id.uuid, event.correlationID,
            ])
    }

    /// Only forward: an older state that arrives late changes nothing.
    func training(_ training: TrainingChanged) throws -> Statement {
        Statement(
            """
            INSERT INTO task.trainings
                (id, state, reason, examples, candidate_version, champion_version, metrics, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                examples = excluded.examples, candidate_version = excluded.candidate_version,
                champion_version = excluded.champion_version, metrics = excluded.metrics,
                changed_at = excluded.changed_at
            WHERE trainings.changed_at < excluded.changed_at
            """,
            [
                training.trainingID.uuid, training.state.rawValue, training.reason, Int32(training.examples),
                training.candidateVersion, training.championVersion,
                JSONB(try ContractJSON.encode(training.metrics)), training.changedAt.timestamp,
            ])
    }

    func models() async throws -> ModelList {
        let rollouts = try await pool.query(
            """
            SELECT generation, champion, previous, reason, changed_at FROM task.rollouts
            ORDER BY generation DESC LIMIT 1
            """, [])
        let serving = try rollouts.first.map { row in
            RolloutChanged(
                champion: try row.decode(at: 1), previous: try row.decode(at: 2), reason: try row.decode(at: 3),
                generation: try row.decode(at: 0),
                changedAt: EventTime(microseconds: try row.decode(at: 4, as: Timestamp.self).microseconds))
        }
        let rows = try await pool.query(
            """
            SELECT version, parent, metrics, registered_at,
                EXISTS (SELECT FROM task.rollouts WHERE champion = version) FROM task.models
            ORDER BY registered_at DESC, version DESC LIMIT 200
            """, [])
        let items = try rows.map { row in
            let version: String = try row.decode(at: 0)
            let hasServed: Bool = try row.decode(at: 4)
            return ModelView(
                version: version, parent: try row.decode(at: 1),
                state: version == serving?.champion ? "champion" : (hasServed ? "retired" : "candidate"),
                metrics: try ContractJSON.decode(
                    [String: Double].self, from: try row.decode(at: 2, as: JSONB.self).bytes),
                registeredAt: EventTime(microseconds: try row.decode(at: 3, as: Timestamp.self).microseconds))
        }
        return ModelList(items: items, serving: serving)
    }

    func trainings() async throws -> [TrainingChanged] {
        let rows = try await pool.query(
            """
            SELECT id, state, reason, examples, candidate_version, champion_version, metrics, changed_at
            FROM task.trainings ORDER BY changed_at DESC LIMIT 200
            """, [])
        return try rows.map { row in
            TrainingChanged(
                trainingID: Identifier(try row.decode(at: 0)),
                state: TrainingState(rawValue: try row.decode(at: 1)) ?? .failed, reason: try row.decode(at: 2),
                examples: try row.decode(at: 3), candidateVersion: try row.decode(at: 4),
                championVersion: try row.decode(at: 5),
                metrics: try ContractJSON.decode(
                    [String: Double].self, from: try row.decode(at: 6, as: JSONB.self).bytes),
                changedAt: EventTime(microseconds: try row.decode(at: 7, as: Timestamp.self).microseconds))
        }
    }
}
