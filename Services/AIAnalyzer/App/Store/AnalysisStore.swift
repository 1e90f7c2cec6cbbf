import Contracts
import FeatureStore
import Messaging
import Postgres

import struct TriageModel.TextEmbedding

/// One analysis with the event that tells of it.
struct NewAnalysis: Sendable {
    let task: TaskSnapshot
    let analysis: Analysis
    /// The vector of the task's text, where an embedding model was asked.
    let embedding: TextEmbedding?
    /// What it was served; nil for none.
    let features: ServedFeatures?
    let event: CloudEvent<AnalysisCompleted>
    let outbox: OutboxMessage
    /// The provider whose recovery is waited for, to analyse the task once more; nil for none.
    let repairBy: String?

    init(_ analysis: Analysis, of draft: TaskHandler.Draft, repairBy: String? = nil) throws {
        try self.init(
            task: draft.work.task, analysis: analysis, embedding: draft.embedding, features: draft.features,
            causedBy: draft.work.story, repairBy: repairBy)
    }

    init(
        task: TaskSnapshot, analysis: Analysis, embedding: TextEmbedding?, features: ServedFeatures? = nil,
        causedBy story: Story, repairBy: String? = nil
    ) throws {
        self.embedding = embedding
        self.features = features
        self.repairBy = repairBy
        self.task = task
        self.analysis = analysis
        event = CloudEvent(
            source: .aiAnalyzer, subject: task.taskID.description, time: analysis.analysedAt, story: story,
            sequence: task.revision,
            data: AnalysisCompleted(
                tenant: task.tenant, project: task.project, author: task.author, analysis: analysis))
        outbox = try OutboxMessage(event)
    }
}

/// Analyses in the schema `analysis`; the key (task, revision) keeps a redelivered task from a second result and a
/// second event.
struct AnalysisStore: Sendable {
    static let openingCharacters = 1_000

    let pool: DatabasePool
    /// This process among its like.
    let replica: String
    /// Takes erased tasks out of what this process remembers.
    let forget: @Sendable ([Identifier]) async -> Void

    /// Stores a batch in one statement, or in one transaction with what is to be repaired.
    /// - Returns: those that are new; the others had their result before, or were erased.
    func store(_ analyses: [NewAnalysis]) async throws -> [NewAnalysis] {
        let repairs = analyses.filter { $0.repairBy != nil }
        // All of a batch have features, or none.
        let hasFeatures = analyses.contains { $0.features != nil }
        let sql = hasFeatures ? Self.storingWithFeatures : Self.storing
        let parameters = parameters(of: analyses) + (hasFeatures ? featureParameters(of: analyses) : [])
        let rows =
            if repairs.isEmpty {
                try await pool.query(sql, parameters)
            } else {
                try await pool.transaction([Statement(sql, parameters), try RepairStore.adding(repairs)])[0]
            }
        if rows.count == analyses.count { return analyses }
        let stored = Set(try rows.map { Identifier(try $0.decode(at: 0)) })
        let others = analyses.filter { !stored.contains($0.event.id) }.map(\.task.taskID)
        let gone = try await pool.query(
            "SELECT task_id FROM analysis.erasures WHERE task_id = ANY ($1)", [others.map(\.uuid)])
        // Their events came late: the index has taken them in meanwhile.
        if !gone.isEmpty { await forget(try gone.map { Identifier(try $0.decode(at: 0)) }) }
        return analyses.filter { stored.contains($0.event.id) }
    }

    /// A task that was erased is not analysed any more, however late its event comes.
    private static let notErased = "NOT EXISTS (SELECT FROM analysis.erasures WHERE erasures.task_id = new.task_id)"

    private static let storing = """
        WITH new AS (
            SELECT * FROM unnest($1::uuid[], $2::int4[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                $7::jsonb[], $8::text[], $9::text[], $10::timestamptz[], $11::uuid[], $12::text[], $13::text[],
                $14::bytea[], $16::bytea[], $17::int8[])
                AS new (task_id, revision, analysis_id, tenant, project, model_version, result, title, opening,
                    at, event_id, correlation_id, traceparent, event, vector, vector_model)
        ), stored AS (
            INSERT INTO analysis.analyses (task_id, revision, analysis_id, tenant, project, model_version, result,
                title, opening, analysed_at, replica, vector, vector_model)
            SELECT task_id, revision, analysis_id, tenant, project, model_version, result, title, opening, at, $15,
                vector, vector_model
            FROM new WHERE \(notErased) ON CONFLICT DO NOTHING RETURNING analysis_id
        )
        INSERT INTO analysis.outbox (event_id, type, correlation_id, traceparent, body)
        SELECT event_id, '\(EventType.analysisCompleted.rawValue)', correlation_id, traceparent, event
        FROM new JOIN stored USING (analysis_id) RETURNING event_id
        """

    /// As above, with what was served, and with what it adds to the histories: all of it is new, or nothing.
    private static let storingWithFeatures = """
        WITH new AS (
            SELECT * FROM unnest($1::uuid[], $2::int4[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                $7::jsonb[], $8::text[], $9::text[], $10::timestamptz[], $11::uuid[], $12::text[], $13::text[],
                $14::bytea[], $16::bytea[], $17::int8[], $18::text[], $19::text[], $20::timestamptz[], $21::int8[],
                $22::int8[], $23::int2[], $24::timestamptz[]) WITH ORDINALITY
                AS new (task_id, revision, analysis_id, tenant, project, model_version, result, title, opening,
                    at, event_id, correlation_id, traceparent, event, vector, vector_model, author, features,
                    features_at, user_version, project_version, kind, task_created_at, place)
        ), stored AS (
            INSERT INTO analysis.analyses (task_id, revision, analysis_id, tenant, project, model_version, result,
                title, opening, analysed_at, replica, vector, vector_model, author, feature_set, features, features_at,
                user_version, project_version)
            SELECT task_id, revision, analysis_id, tenant, project, model_version, result, title, opening, at, $15,
                vector, vector_model, author, CASE WHEN features IS NOT NULL THEN $25::int8 END, features::int4[], features_at, user_version, project_version
            FROM new WHERE \(notErased) ON CONFLICT DO NOTHING RETURNING analysis_id
        ), happened AS (
            SELECT place, tenant, author, project, kind, task_id, task_created_at, features_at AS event_time,
                NULL::text AS category, NULL::text AS priority, NULL::int4 AS effort, 0::int2 AS corrected
            FROM new JOIN stored USING (analysis_id)
        ), \(FeatureHistory.appending)
        INSERT INTO analysis.outbox (event_id, type, correlation_id, traceparent, body)
        SELECT event_id, '\(EventType.analysisCompleted.rawValue)', correlation_id, traceparent, event
        FROM new JOIN stored USING (analysis_id) RETURNING event_id
        """

    /// Those of these tasks' revisions that have an analysis already.
    func known(_ tasks: [TaskSnapshot]) async throws(DatabaseError) -> Set<TaskHandler.Key> {
        let rows = try await pool.query(
            """
            SELECT task_id, revision FROM analysis.analyses
            JOIN unnest($1::uuid[], $2::int4[]) AS asked (task_id, revision) USING (task_id, revision)
            """, [tasks.map(\.taskID.uuid), tasks.map { Int32($0.revision) }])
        var known = Set<TaskHandler.Key>()
        for row in rows {
            known.insert(
                TaskHandler.Key(
                    task: Identifier(try row.decode(at: 0)), revision: Int(try row.decode(at: 1, as: Int32.self))))
        }
        return known
    }

    private func parameters(of analyses: [NewAnalysis]) -> [any DatabaseEncodable] {
        [
            analyses.map(\.task.taskID.uuid), analyses.map { Int32($0.task.revision) },
            analyses.map(\.analysis.analysisID.uuid), analyses.map(\.task.tenant), analyses.map(\.task.project),
            analyses.map(\.analysis.modelVersion),
            analyses.map { new in
                var writer = JSONWriter(capacity: 1_024)
                new.analysis.write(to: &writer)
                return JSONB(writer.bytes)
            },
            analyses.map(\.task.title),
            analyses.map { String($0.task.body.unicodeScalars.prefix(Self.openingCharacters)) },
            analyses.map { Timestamp(microseconds: $0.analysis.analysedAt.microseconds) },
            analyses.map(\.event.id.uuid), analyses.map(\.event.correlationID), analyses.map(\.event.traceparent),
            analyses.map(\.outbox.body), replica, analyses.map(\.embedding?.stored),
            analyses.map(\.embedding?.modelNumber),
        ]
    }

    private func featureParameters(of analyses: [NewAnalysis]) -> [any DatabaseEncodable] {
        [
            analyses.map(\.task.author), analyses.map(\.features?.values?.arrayText),
            analyses.map { ($0.features?.at).map { Timestamp(microseconds: $0.microseconds) } },
            analyses.map(\.features?.values?.userVersion), analyses.map(\.features?.values?.projectVersion),
            analyses.map(\.features?.kind.rawValue),
            analyses.map { Timestamp(microseconds: $0.task.createdAt.microseconds) }, FeatureSet.current.fingerprint,
        ]
    }
}
