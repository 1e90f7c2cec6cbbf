import Contracts
import Postgres
import TaskAPICore

/// What is stored of a tenant's suggestions and answers, counted over a range of time. Bounded: of too many rows the latest
/// are counted, and the report says so.
struct InsightStore: Sendable {
    /// Answers that are counted at most.
    static let answers = 50_000
    /// Tasks that are counted at most.
    static let tasks = 100_000

    let pool: DatabasePool

    /// From then on, up to but without.
    struct Range: Sendable {
        let since: EventTime
        let until: EventTime

        /// The range of the same length before it.
        var before: Range {
            Range(
                since: EventTime(microseconds: 2 * since.microseconds - until.microseconds), until: since)
        }
    }

    /// Each feedback beside the analysis that its author had seen. What people said unseen is the hold-back's report.
    private static let judged = """
        WITH said AS MATERIALIZED (
            SELECT task_id, revision, time, summary FROM task.timeline
            WHERE tenant = $1 AND type = '\(EventType.feedbackRecorded.rawValue)' AND time >= $2 AND time < $3
            ORDER BY time DESC LIMIT \(answers)
        ), judged AS (
            SELECT field->>'field' AS field, field->>'provenance' AS provenance, shown.summary->>'model_version' AS version,
                CASE WHEN field->>'field' = 'category' THEN (shown.summary->>'category_confidence')::float8 END AS confidence
            FROM said LEFT JOIN LATERAL (
                SELECT summary FROM task.timeline AS entry
                WHERE entry.task_id = said.task_id AND entry.revision = said.revision AND entry.time <= said.time
                    AND entry.type = '\(EventType.analysisCompleted.rawValue)'
                ORDER BY entry.time DESC LIMIT 1
            ) AS shown ON true, jsonb_array_elements(said.summary->'fields') AS field
            WHERE said.summary->'blind' IS DISTINCT FROM 'true'::jsonb
        )
        """

    func acceptance(tenant: String, _ range: Range) async throws -> AcceptanceReport {
        let place: [any DatabaseEncodable] = [tenant, range.since.timestamp, range.until.timestamp]
        let rates = try await pool.query(
            """
            \(Self.judged)
            SELECT field, version, count(*) FILTER (WHERE provenance = 'accepted'),
                count(*) FILTER (WHERE provenance = 'corrected'), count(*) FILTER (WHERE provenance = 'human'),
                (SELECT count(*) FROM said)
            FROM judged GROUP BY GROUPING SETS ((field), (field, version))
            HAVING GROUPING(version) = 1 OR version IS NOT NULL
            ORDER BY field, GROUPING(version) DESC, version
            """, place)
        let bins = try await pool.query(
            """
            \(Self.judged)
            SELECT least(width_bucket(confidence, 0, 1, 10), 10), count(*), avg(confidence),
                avg((provenance = 'accepted')::int4)::float8
            FROM judged WHERE confidence IS NOT NULL AND provenance IN ('accepted', 'corrected') GROUP BY 1 ORDER BY 1
            """, place)
        let read: Int = try rates.first.map { try $0.decode(at: 5) } ?? 0
        return AcceptanceReport(
            since: range.since, until: range.until, isWhole: read < Self.answers,
            items: try rates.compactMap { try Self.rate($0) },
            calibration: try bins.map { row in
                let bin = Double(try row.decode(at: 0, as: Int32.self))
                return CalibrationBin(
                    from: (bin - 1) / 10, to: bin / 10, answers: try row.decode(at: 1), claimed: try row.decode(at: 2),
                    taken: try row.decode(at: 3))
            })
    }

    private static func rate(_ row: Row) throws -> AcceptanceRate? {
        // A field of a newer version says nothing here yet.
        guard let field = TriageField(rawValue: try row.decode(at: 0)) else { return nil }
        let (accepted, corrected): (Int, Int) = (try row.decode(at: 2), try row.decode(at: 3))
        let answers = accepted + corrected
        let share = answers > 0 ? Double(accepted) / Double(answers) : nil
        let interval = share.map { ScoreInterval.wilson(share: $0, answers: Double(answers)) }
        return AcceptanceRate(
            field: field, modelVersion: try row.decode(at: 1), accepted: accepted, corrected: corrected,
            unsuggested: try row.decode(at: 4), share: share, low: interval?.low, high: interval?.high)
    }

    func drift(tenant: String, _ range: Range) async throws -> DriftReport {
        let (now, before) = (try await labels(tenant, range), try await labels(tenant, range.before))
        let items = [TriageField.category, .priority].map { field in
            let (counts, earlier) = (now.counts[field] ?? [:], before.counts[field] ?? [:])
            let totals = (Double(max(1, counts.values.reduce(0, +))), Double(max(1, earlier.values.reduce(0, +))))
            return FieldDrift(
                field: field, stabilityIndex: Drift.stabilityIndex(now: counts, before: earlier),
                labels: Set(counts.keys).union(earlier.keys).sorted().map { label in
                    LabelShare(
                        label: label, share: Double(counts[label] ?? 0) / totals.0,
                        shareBefore: Double(earlier[label] ?? 0) / totals.1)
                })
        }
        return DriftReport(
            since: range.since, until: range.until, tasks: now.tasks, tasksBefore: before.tasks,
            isWhole: now.tasks < Self.tasks && before.tasks < Self.tasks, items: items)
    }

    /// What is suggested for the tasks of a range, counted by label.
    private func labels(
        _ tenant: String, _ range: Range
    ) async throws -> (tasks: Int, counts: [TriageField: [String: Int]]) {
        let rows = try await pool.query(
            """
            WITH analysed AS MATERIALIZED (\(Self.analysed))
            SELECT field, label, count(*), (SELECT count(*) FROM analysed) FROM analysed CROSS JOIN LATERAL (
                VALUES ('category', analysis->'category'->>'value'), ('priority', analysis->'priority'->>'value')
            ) AS suggested (field, label)
            WHERE label IS NOT NULL GROUP BY field, label
            """, place(tenant, range))
        var counts: [TriageField: [String: Int]] = [:]
        for row in rows {
            guard let field = TriageField(rawValue: try row.decode(at: 0)) else { continue }
            counts[field, default: [:]][try row.decode(at: 1)] = try row.decode(at: 2, as: Int.self)
        }
        return (try rows.first.map { try $0.decode(at: 3) } ?? 0, counts)
    }

    func cost(tenant: String, _ range: Range) async throws -> CostReport {
        let rows = try await pool.query(
            """
            WITH analysed AS MATERIALIZED (\(Self.analysed))
            SELECT analysis->>'rung', analysis->>'model_version', count(*),
                count(*) FILTER (WHERE analysis->'degraded' = 'true'::jsonb),
                sum((analysis->>'duration_microseconds')::float8) / 1e6, (SELECT count(*) FROM analysed)
            FROM analysed GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
            """, place(tenant, range))
        let read: Int = try rows.first.map { try $0.decode(at: 5) } ?? 0
        return CostReport(
            since: range.since, until: range.until, isWhole: read < Self.tasks,
            items: try rows.compactMap { row in
                guard let rung = Rung(rawValue: try row.decode(at: 0)) else { return nil }
                return AnsweringCost(
                    rung: rung, modelVersion: try row.decode(at: 1), analyses: try row.decode(at: 2),
                    degraded: try row.decode(at: 3), seconds: try row.decode(at: 4))
            })
    }

    /// Tasks of a range, by the primary order: ids are in the order of creation, within a minute of clocks.
    private static let analysed = """
        SELECT analysis FROM task.tasks
        WHERE tenant = $1 AND id >= $4 AND created_at >= $2 AND created_at < $3 AND analysis IS NOT NULL
        ORDER BY id DESC LIMIT \(tasks)
        """

    private func place(_ tenant: String, _ range: Range) -> [any DatabaseEncodable] {
        [tenant, range.since.timestamp, range.until.timestamp, ReplayRow.bound(range.since, minutes: -1).uuid]
    }
}
