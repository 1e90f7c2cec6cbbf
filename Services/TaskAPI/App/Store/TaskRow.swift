import Contracts
import Postgres

/// A task as its row has it; the JSON columns stay text, since most answers only pass them on.
struct TaskRow: Sendable {
    static let columns = """
        id, tenant, project, author, title, body, labels, revision, status, fields, analysis, correlation_id, \
        created_at, updated_at, tier, experiment_group
        """

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

    init(_ row: Row) throws(DatabaseError) {
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
    }

    /// The task as the API shows it (`TaskView`'s JSON, which a test compares).
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("tenant")
        writer.string(tenant)
        writer.key("project")
        writer.string(project)
        writer.key("author")
        writer.string(author)
        writer.key("tier")
        if let tier { writer.string(tier) } else { writer.null() }
        writer.key("group")
        if let group { writer.string(group) } else { writer.null() }
        writer.key("title")
        writer.string(title)
        writer.key("body")
        writer.string(body)
        writer.key("labels")
        writer.raw(labels.bytes)
        writer.key("revision")
        writer.integer(revision)
        writer.key("status")
        writer.string(status)
        writer.key("fields")
        writer.raw(fields.bytes)
        writer.key("analysis")
        if let analysis { writer.raw(analysis.bytes) } else { writer.null() }
        writer.key("correlation_id")
        writer.string(correlationID)
        writer.key("created_at")
        writer.string(createdAt)
        writer.key("updated_at")
        writer.string(updatedAt)
        writer.endObject()
    }

    var json: [UInt8] {
        var writer = JSONWriter(capacity: title.utf8.count + body.utf8.count + (analysis?.bytes.count ?? 0) + 640)
        write(to: &writer)
        return writer.bytes
    }

    /// The text at the current revision.
    var snapshot: TaskSnapshot {
        get throws {
            TaskSnapshot(
                taskID: id, tenant: tenant, project: project, author: author, title: title, body: body,
                labels: try ContractJSON.decode([String].self, from: labels.bytes), revision: revision,
                createdAt: createdAt, tier: tier, group: group)
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

extension EventTime {
    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }
}
