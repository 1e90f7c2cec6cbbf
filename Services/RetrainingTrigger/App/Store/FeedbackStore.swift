import Contracts
import Postgres
import RetrainingTriggerCore

/// The data set's raw material, in the schema `training`.
struct FeedbackStore: Sendable {
    private static let page = 2_000

    let pool: DatabasePool

    /// Stores a batch in one statement; what is there already is left alone, and nothing of an erased task is taken in.
    /// - Returns: the ids of the events that are new.
    func insert(
        _ events: [CloudEvent<FeedbackRecorded>], _ transaction: DatabaseTransaction? = nil
    ) async throws -> Set<Identifier> {
        let parameters = try Self.parameters(of: events)
        let rows =
            if let transaction {
                try await transaction.query(Self.insertion, parameters)
            } else {
                try await pool.query(Self.insertion, parameters)
            }
        return Set(try rows.map { Identifier(try $0.decode(at: 0)) })
    }

    private static let insertion = """
        INSERT INTO training.feedback (event_id, feedback_id, task_id, tenant, project, author, title, body,
            revision, judged_by, fields, model_version, correlation_id, event_time, task_created_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::int4[], $10::text[], $11::jsonb[], $12::text[], $13::text[], $14::timestamptz[],
            $15::timestamptz[]) AS new (event_id, feedback_id, task_id)
        WHERE NOT EXISTS (SELECT FROM training.erasures WHERE erasures.task_id = new.task_id)
        ON CONFLICT DO NOTHING RETURNING event_id
        """

    private static func parameters(of events: [CloudEvent<FeedbackRecorded>]) throws -> [any DatabaseEncodable] {
        [
            events.map(\.id.uuid), events.map(\.data.feedbackID.uuid), events.map(\.data.task.taskID.uuid),
            events.map(\.data.task.tenant), events.map(\.data.task.project), events.map(\.data.task.author),
            events.map(\.data.task.title), events.map(\.data.task.body),
            events.map { Int32(clamping: $0.data.task.revision) }, events.map(\.data.user),
            try events.map { JSONB(try ContractJSON.encode($0.data.fields)) }, events.map(\.data.modelVersion),
            events.map(\.correlationID), events.map(\.data.recordedAt.timestamp),
            events.map(\.data.task.createdAt.timestamp),
        ]
    }

    /// Everything that this training or one before it has counted: the same rows whenever it is asked while the
    /// training is under way.
    func counted() async throws -> [FeedbackItem] {
        var items: [FeedbackItem] = []
        var after = Identifier.zero
        while true {
            let rows = try await pool.query(
                """
                SELECT event_id, task_id, revision, project, title, body, judged_by, fields, event_time,
                    written_at, task_created_at, tenant
                FROM training.feedback WHERE counted_in IS NOT NULL AND event_id > $1 ORDER BY event_id LIMIT $2
                """, [after.uuid, Self.page])
            for row in rows { items.append(try Self.item(row)) }
            guard let last = items.last, rows.count == Self.page else { return items }
            after = last.eventID
        }
    }

    private static func item(_ row: Row) throws -> FeedbackItem {
        FeedbackItem(
            eventID: Identifier(try row.decode(at: 0)), taskID: Identifier(try row.decode(at: 1)),
            revision: Int(try row.decode(at: 2, as: Int32.self)),
            text: TaskWords(
                project: try row.decode(at: 3), title: try row.decode(at: 4), body: try row.decode(at: 5)),
            judgedBy: try row.decode(at: 6),
            fields: try ContractJSON.decode([JudgedField].self, from: try row.decode(at: 7, as: JSONB.self).bytes),
            time: EventTime(try row.decode(at: 8, as: Timestamp.self)),
            writtenAt: EventTime(try row.decode(at: 9, as: Timestamp.self)),
            taskCreatedAt: try row.decode(at: 10, as: Timestamp?.self).map { EventTime($0) },
            tenant: try row.decode(at: 11))
    }
}

extension EventTime {
    init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }

    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }
}
