extension TaskCreated: HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) { task = try TaskSnapshot(member: &reader) }
    func write(to writer: inout JSONWriter) { task.write(asMemberOf: &writer) }
}

extension TaskEdited: HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) { task = try TaskSnapshot(member: &reader) }
    func write(to writer: inout JSONWriter) { task.write(asMemberOf: &writer) }
}

extension TaskSnapshot {
    fileprivate init(member reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var task: TaskSnapshot?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "task":
                try seen.insert(0)
                task = try TaskSnapshot(from: &reader)
            default: try reader.skip()
            }
        }
        guard let task else { throw JSONReader.Mismatch() }
        self = task
    }

    fileprivate func write(asMemberOf writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("task")
        write(to: &writer)
        writer.endObject()
    }

    private init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var taskID: Identifier?
        var tenant, project, author, title, body, tier, group: String?
        var labels: [String]?
        var revision: Int?
        var createdAt: EventTime?
        var reference: TaskReference?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "task_id":
                try seen.insert(0)
                taskID = try reader.identifier()
            case "tenant":
                try seen.insert(1)
                tenant = try reader.string()
            case "project":
                try seen.insert(2)
                project = try reader.string()
            case "author":
                try seen.insert(3)
                author = try reader.string()
            case "title":
                try seen.insert(4)
                title = try reader.string()
            case "body":
                try seen.insert(5)
                body = try reader.string()
            case "labels":
                try seen.insert(6)
                labels = try reader.strings()
            case "revision":
                try seen.insert(7)
                revision = try reader.integer()
            case "created_at":
                try seen.insert(8)
                createdAt = try reader.time()
            case "tier":
                try seen.insert(9)
                tier = try reader.null() ? nil : reader.string()
            case "group":
                try seen.insert(10)
                group = try reader.null() ? nil : reader.string()
            case "reference":
                try seen.insert(11)
                reference = try reader.null() ? nil : TaskReference(from: &reader)
            default: try reader.skip()
            }
        }
        guard let taskID, let tenant, let project, let author, let title, let body, let labels, let revision,
            let createdAt
        else { throw JSONReader.Mismatch() }
        self.init(
            taskID: taskID, tenant: tenant, project: project, author: author, title: title, body: body,
            labels: labels, revision: revision, createdAt: createdAt, tier: tier, group: group,
            reference: reference)
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("task_id")
        writer.string(taskID)
        writer.key("tenant")
        writer.string(tenant)
        writer.key("project")
        writer.string(project)
        writer.key("author")
        writer.string(author)
        writer.key("title")
        writer.string(title)
        writer.key("body")
        writer.string(body)
        writer.key("labels")
        writer.strings(labels)
        writer.key("revision")
        writer.integer(revision)
        writer.key("created_at")
        writer.string(createdAt)
        if let tier {
            writer.key("tier")
            writer.string(tier)
        }
        if let group {
            writer.key("group")
            writer.string(group)
        }
        if let reference {
            writer.key("reference")
            reference.write(to: &writer)
        }
        writer.endObject()
    }
}

extension TaskDraft {
    /// Reads a request's body the fast way; `nil` where it is not a plain draft, and Codable then says why.
    package init?(fastFrom bytes: UnsafeBufferPointer<UInt8>) {
        var reader = JSONReader(bytes)
        // A mismatch is no error here, only the slow path's turn.
        guard let draft = try? TaskDraft(from: &reader), (try? reader.end()) != nil else { return nil }
        self = draft
    }

    private init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var title, body, project, tier, group: String?
        var labels: [String]?
        var reference: TaskReference?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "title":
                try seen.insert(0)
                title = try reader.string()
            case "body":
                try seen.insert(1)
                body = try reader.null() ? nil : reader.string()
            case "project":
                try seen.insert(2)
                project = try reader.null() ? nil : reader.string()
            case "labels":
                try seen.insert(3)
                labels = try reader.null() ? nil : reader.strings()
            case "tier":
                try seen.insert(4)
                tier = try reader.null() ? nil : reader.string()
            case "group":
                try seen.insert(5)
                group = try reader.null() ? nil : reader.string()
            case "reference":
                try seen.insert(6)
                reference = try reader.null() ? nil : TaskReference(from: &reader)
            default: try reader.skip()
            }
        }
        guard let title else { throw JSONReader.Mismatch() }
        self.init(
            title: title, body: body, project: project, labels: labels, tier: tier, group: group, reference: reference)
    }
}
