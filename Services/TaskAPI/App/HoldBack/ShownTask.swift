import Contracts
import Crypto
import Postgres
import TaskAPICore

/// A task as one caller may see it. The only way from a row to JSON, so that no route can forget the hold-back.
struct ShownTask: Sendable {
    private let row: TaskRow
    private let isHeldBack: Bool

    init(_ row: TaskRow, to caller: Caller, by holdBack: HoldBack) throws {
        isHeldBack = holdBack.isBlind(caller)
        var row = row
        if isHeldBack {
            row.analysis = nil
            let fields = try ContractJSON.decode(TaskFields.self, from: row.fields.bytes)
            row.fields = JSONB(try ContractJSON.encode(HeldBackView.fields(fields, for: caller.user)))
        }
        self.row = row
    }

    /// `TaskView`'s JSON, which a test compares.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(row.id)
        writer.key("tenant")
        writer.string(row.tenant)
        writer.key("project")
        writer.string(row.project)
        writer.key("author")
        writer.string(row.author)
        writer.key("tier")
        if let tier = row.tier { writer.string(tier) } else { writer.null() }
        writer.key("group")
        if let group = row.group { writer.string(group) } else { writer.null() }
        if let reference = row.reference {
            writer.key("reference")
            writer.raw(reference.bytes)
        }
        writer.key("title")
        writer.string(row.title)
        writer.key("body")
        writer.string(row.body)
        writer.key("labels")
        writer.raw(row.labels.bytes)
        writer.key("revision")
        writer.integer(row.revision)
        writer.key("status")
        writer.string(row.status)
        writer.key("fields")
        writer.raw(row.fields.bytes)
        writer.key("analysis")
        if let analysis = row.analysis { writer.raw(analysis.bytes) } else { writer.null() }
        if isHeldBack {
            writer.key("held_back")
            writer.bool(true)
        }
        writer.key("correlation_id")
        writer.string(row.correlationID)
        writer.key("created_at")
        writer.string(row.createdAt)
        writer.key("updated_at")
        writer.string(row.updatedAt)
        writer.endObject()
    }

    var json: [UInt8] {
        let text = row.title.utf8.count + row.body.utf8.count
        var writer = JSONWriter(capacity: text + (row.analysis?.bytes.count ?? 0) + 640)
        write(to: &writer)
        return writer.bytes
    }
}

extension EntityTag {
    /// Of a task's representation: another one whenever a byte of it is.
    init(of json: [UInt8], revision: Int) {
        let digest = SHA256.hash(data: json).prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        self.init("\(revision)-\(digest)")
    }
}

extension HoldBack {
    /// Whether a caller gets to see no suggestion.
    func isBlind(_ caller: Caller) -> Bool { side(of: caller) == .blind }

    /// Which side a caller is on; nil for one who takes no part.
    func side(of caller: Caller) -> HoldBackSide? { side(tenant: caller.tenant, user: caller.user) }

    /// The story of a task as a caller may see it.
    func shown(_ items: [TimelineItem], to caller: Caller) -> [TimelineItem] {
        guard isBlind(caller) else { return items }
        return items.map { item in
            var item = item
            // A type of a newer version says nothing until it is known what it tells.
            item.summary = EventType(rawValue: item.type).map { HeldBackView.summary(item.summary, of: $0) } ?? [:]
            return item
        }
    }
}

extension TaskStore {
    /// A task as a caller may see it.
    func shown(_ row: TaskRow, to caller: Caller) throws -> ShownTask {
        try ShownTask(row, to: caller, by: holdBack)
    }
}
