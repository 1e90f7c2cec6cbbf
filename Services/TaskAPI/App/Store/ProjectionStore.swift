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

    func rolledOut(_ event: CloudEvent<RolloutChanged>) throws -> Statement {
        let rollout = event.data
        return Statement(
            """
            INSERT INTO task.rollouts
                (generation, champion, previous, reason, changed_at, event_id, correlation_id, rollout_id, standing)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            [
                rollout.generation, rollout.champion, rollout.previous, rollout.reason, rollout.changedAt.timestamp,
                event.id.uuid, event.correlationID, rollout.rollout?.rolloutID.uuid,
                try rollout.rollout.map { JSONB(try ContractJSON.encode($0)) },
            ])
    }

    /// Only forward: an older state that arrives late changes nothing, but what the checks found and the gate decided is
    /// kept.
    func training(_ training: TrainingChanged) throws -> [Statement] {
        let state = Statement(
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
        guard training.checks != nil || training.decision != nil else { return [state] }
        let found = Statement(
            "UPDATE task.trainings SET checks = coalesce($2, checks), decision = coalesce($3, decision) WHERE id = $1",
            [
                training.trainingID.uuid, try training.checks.map { JSONB(try ContractJSON.encode($0)) },
                try training.decision.map { JSONB(try ContractJSON.encode($0)) },
            ])
        return [state, found]
    }

    func models() async throws -> ModelList {
        let serving = try await serving()
        let rows = try await pool.query("\(Self.modelsSQL) ORDER BY registered_at DESC, version DESC LIMIT 200", [])
        return ModelList(items: try rows.map { try Self.model($0, serving: serving) }, serving: serving)
    }

    /// One version; nil for one that is not registered.
    func model(_ version: String) async throws -> ModelView? {
        let rows = try await pool.query("\(Self.modelsSQL) WHERE version = $1", [version])
        guard let row = rows.first else { return nil }
        return try Self.model(row, serving: try await serving())
    }

    /// The latest rollout that a version was the challenger of.
    func rollout(of version: String) async throws -> RolloutStanding? {
        try await pool.query(
            """
            SELECT standing FROM task.rollouts WHERE standing->>'challenger' = $1 ORDER BY generation DESC LIMIT 1
            """, [version]
        ).first.map { try ContractJSON.decode(RolloutStanding.self, from: try $0.decode(at: 0, as: JSONB.self).bytes) }
    }

    private func serving() async throws -> RolloutChanged? {
        try await pool.query(
            "SELECT \(RolloutProjection.columns) FROM task.rollouts ORDER BY generation DESC LIMIT 1", []
        ).first.map { try RolloutProjection.change($0) }
    }

    private static let modelsSQL = """
        SELECT version, parent, metrics, registered_at,
            EXISTS (SELECT FROM task.rollouts WHERE champion = version),
            (SELECT standing->>'status' FROM task.rollouts WHERE standing->>'challenger' = version
                ORDER BY generation DESC LIMIT 1)
        FROM task.models
        """

    private static func model(_ row: Row, serving: RolloutChanged?) throws -> ModelView {
        let version: String = try row.decode(at: 0)
        let hasServed: Bool = try row.decode(at: 4)
        let status = try row.decode(at: 5, as: String?.self).flatMap { RolloutStatus(rawValue: $0) }
        return ModelView(
            version: version, parent: try row.decode(at: 1),
            state: version == serving?.champion
                ? "champion" : RolloutProjection.state(hasServed: hasServed, lastRollout: status),
            metrics: try ContractJSON.decode(
                [String: Double].self, from: try row.decode(at: 2, as: JSONB.self).bytes),
            registeredAt: EventTime(microseconds: try row.decode(at: 3, as: Timestamp.self).microseconds))
    }

    /// The latest first, without what the checks of their data found and what the gate decided.
    func trainings() async throws -> [TrainingChanged] {
        try await pool.query(
            "SELECT \(Self.trainingColumns), NULL::jsonb, NULL::jsonb FROM task.trainings ORDER BY changed_at DESC LIMIT 200",
            []
        ).map { try Self.training($0) }
    }

    /// One training, with what the checks of its data found and what the gate decided.
    func training(_ id: Identifier) async throws -> TrainingChanged? {
        try await pool.query(
            "SELECT \(Self.trainingColumns), checks, decision FROM task.trainings WHERE id = $1", [id.uuid]
        ).first.map { try Self.training($0) }
    }

    private static let trainingColumns = """
        id, state, reason, examples, candidate_version, champion_version, metrics, changed_at
        """

    private static func training(_ row: Row) throws -> TrainingChanged {
        TrainingChanged(
            trainingID: Identifier(try row.decode(at: 0)),
            state: TrainingState(rawValue: try row.decode(at: 1)) ?? .failed, reason: try row.decode(at: 2),
            examples: try row.decode(at: 3), candidateVersion: try row.decode(at: 4),
            championVersion: try row.decode(at: 5),
            metrics: try ContractJSON.decode(
                [String: Double].self, from: try row.decode(at: 6, as: JSONB.self).bytes),
            checks: try row.decode(at: 8, as: JSONB?.self).map {
                try ContractJSON.decode([DataCheck].self, from: $0.bytes)
            },
            decision: try row.decode(at: 9, as: JSONB?.self).map {
                try ContractJSON.decode(GateDecision.self, from: $0.bytes)
            },
            changedAt: EventTime(microseconds: try row.decode(at: 7, as: Timestamp.self).microseconds))
    }
}
