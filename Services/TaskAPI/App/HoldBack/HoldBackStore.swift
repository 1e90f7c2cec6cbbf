import Contracts
import Postgres
import TaskAPICore

/// Answers that show how good suggestions are with and without being seen, in `task.judgements`.
struct HoldBackStore: Sendable {
    /// Versions of a report, the latest.
    static let versions = 20

    let pool: DatabasePool
    let holdBack: HoldBack

    /// Notes the first word on each field of a task that had a suggestion; nil when there is nothing to note.
    ///
    /// Later words, of whomever, follow what the first one made of the task, and would count some tasks twice.
    /// - Parameter set: what people had set before.
    static func note(_ feedback: FeedbackRecorded, side: HoldBackSide?, set: TaskFields) -> Statement? {
        let judged = feedback.fields.filter { $0.suggested != nil && set[$0.field] == nil }
        guard let side, let version = feedback.modelVersion, !judged.isEmpty else { return nil }
        return Statement(
            """
            INSERT INTO task.judgements (task_id, field, tenant, user_id, side, model_version, agrees, at)
            SELECT $1, field, $2, $3, $4, $5, agrees, $6 FROM unnest($7::text[], $8::bool[]) AS new (field, agrees)
            ON CONFLICT DO NOTHING
            """,
            [
                feedback.task.taskID.uuid, feedback.task.tenant, feedback.user, side.rawValue, version,
                feedback.recordedAt.timestamp, judged.map(\.field.rawValue),
                judged.map { judged in judged.suggested.map { judged.field.agree(judged.value, $0) } ?? false },
            ])
    }

    /// What a tenant's answers say.
    func report(tenant: String, since: EventTime, until: EventTime) async throws -> HoldBackReport {
        let rows = try await pool.query(
            """
            WITH people AS (
                SELECT field, model_version, grouping(model_version) = 1 AS is_total, side, count(*)::float8 AS answers,
                    count(*) FILTER (WHERE agrees)::float8 AS agreed, max(at) AS last
                FROM task.judgements WHERE tenant = $1 AND at >= $2 AND at <= $3
                GROUP BY GROUPING SETS ((field, side, user_id), (field, side, user_id, model_version))
            )
            SELECT field, model_version, side, count(*), sum(answers)::int8, sum(agreed)::int8, sum(answers * answers),
                sum(agreed * agreed), sum(answers * agreed)
            FROM people
            WHERE is_total OR model_version IN (
                SELECT model_version FROM people WHERE NOT is_total GROUP BY model_version
                ORDER BY max(last) DESC, model_version LIMIT $4)
            GROUP BY field, is_total, model_version, side ORDER BY is_total DESC, max(max(last)) OVER (
                PARTITION BY model_version) DESC, model_version
            """, [tenant, since.timestamp, until.timestamp, Self.versions])
        var groups = Groups()
        for row in rows { try groups.add(row) }
        return HoldBackReport(
            sharePercent: holdBack.sharePercent, since: since, until: until, items: groups.comparisons)
    }

    /// Tallies by field and version, in the order of the rows.
    private struct Groups {
        private var order: [String?] = []
        private var tallies: [TriageField: [String?: [HoldBackSide: AnswerTally]]] = [:]

        mutating func add(_ row: Row) throws {
            let (fieldName, sideName): (String, String) = (try row.decode(at: 0), try row.decode(at: 2))
            guard let field = TriageField(rawValue: fieldName), let side = HoldBackSide(rawValue: sideName) else {
                throw DatabaseError(
                    code: .decoding, reason: "unknown field or side of a judgement: \(fieldName), \(sideName)")
            }
            let version: String? = try row.decode(at: 1)
            if !order.contains(version) { order.append(version) }
            var tally = AnswerTally()
            tally.people = try row.decode(at: 3)
            tally.answers = try row.decode(at: 4)
            tally.agreed = try row.decode(at: 5)
            tally.answersSquared = try row.decode(at: 6)
            tally.agreedSquared = try row.decode(at: 7)
            tally.answersTimesAgreed = try row.decode(at: 8)
            tallies[field, default: [:]][version, default: [:]][side] = tally
        }

        var comparisons: [HoldBackComparison] {
            TriageField.allCases.flatMap { field in
                order.compactMap { version in
                    tallies[field]?[version].map { sides in
                        HoldBackComparing.compare(
                            field, modelVersion: version, shown: sides[.shown] ?? AnswerTally(),
                            blind: sides[.blind] ?? AnswerTally())
                    }
                }
            }
        }
    }
}
