import Contracts
import Postgres

/// A task as its row has it; the JSON columns stay text, since most answers only pass them on. `ShownTask` is what a
/// caller gets.
struct TaskRow: Sendable {
    static let columns = """
        id, tenant, project, author, title, body, labels, revision, status, fields, analysis, correlation_id, \
        created_at, updated_at, tier, experiment_group, reference, \
        (SELECT names FROM task.label_sets WHERE label_sets.tenant = tasks.tenant) AS label_names
        """

    /// The same of a query that has selected them.
    static let names = """
        id, tenant, project, author, title, body, labels, revision, status, fields, analysis, correlation_id, \
        created_at, updated_at, tier, experiment_group, reference, label_names
        """

    /// How many columns those are.
    static let count = 18

    var id: Identifier
    var tenant: String
    var project: String
    var author: String
    var title: String
    var body: String
    var labels: JSONB
    var revision: Int
    var status: String
    var fields: JSONB
    var analysis: JSONB?
    var correlationID: String
    var createdAt: EventTime
    var updatedAt: EventTime
    var tier: String?
    var group: String?
    var reference: JSONB?

    /// Under the names that labels have today.
    init(_ row: Row) throws {
        id = Identifier(try row.decode(at: 0))
        tenant = try row.decode(at: 1)
        project = try row.decode(at: 2)
        author = try row.decode(at: 3)
        title = try row.decode(at: 4)
        body = try row.decode(at: 5)
        labels = try row.decode(at: 6)
        revision = try row.decode(at: 7)
        status = try row.decode(at: 8)
        fields = try row.decode(at: 9)
        analysis = try row.decode(at: 10)
        correlationID = try row.decode(at: 11)
        createdAt = EventTime(microseconds: try row.decode(at: 12, as: Timestamp.self).microseconds)
        updatedAt = EventTime(microseconds: try row.decode(at: 13, as: Timestamp.self).microseconds)
        tier = try row.decode(at: 14)
        group = try row.decode(at: 15)
        reference = try row.decode(at: 16)
        guard let names = try row.decode(at: 17, as: JSONB?.self) else { return }
        let today = try ContractJSON.decode(NamesOfBefore.self, from: names.bytes)
        fields = try today.shown(fields)
        analysis = try analysis.map { try today.shown(analysis: $0) }
    }

    /// A task that was just accepted.
    init(_ task: TaskSnapshot, correlationID: String) {
        id = task.taskID
        tenant = task.tenant
        project = task.project
        author = task.author
        title = task.title
        body = task.body
        labels = JSONB(task.labels.json)
        revision = task.revision
        status = TaskStatus.analysing.rawValue
        fields = JSONB("{}")
        analysis = nil
        self.correlationID = correlationID
        createdAt = task.createdAt
        updatedAt = task.createdAt
        tier = task.tier
        group = task.group
        reference = task.reference?.json
    }

    /// The text at the current revision.
    var snapshot: TaskSnapshot {
        get throws {
            TaskSnapshot(
                taskID: id, tenant: tenant, project: project, author: author, title: title, body: body,
                labels: try ContractJSON.decode([String].self, from: labels.bytes), revision: revision,
                createdAt: createdAt, tier: tier, group: group,
                reference: try reference.map { try ContractJSON.decode(TaskReference.self, from: $0.bytes) })
        }
    }
}

extension [String] {
    /// A JSON array of these.
    var json: [UInt8] {
        if isEmpty { return [UInt8]("[]".utf8) }
        var writer = JSONWriter(capacity: 64)
        writer.strings(self)
        return writer.bytes
    }
}

extension TaskReference {
    /// As a column holds it.
    var json: JSONB {
        var writer = JSONWriter(capacity: 160)
        write(to: &writer)
        return JSONB(writer.bytes)
    }
}

extension EventTime {
    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }
}
