/// A CloudEvent by which another system hands in a task: a structured one, or an item of a batch.
package struct TaskSubmitted: Codable, Hashable, Validated {
    /// The only type that is taken.
    package static let type = "task.submitted.v1"

    package var specversion: String
    package var id: String
    package var source: String
    package var type: String
    package var datacontenttype: String?
    /// The story that the task belongs to.
    package var correlationid: String?
    package var traceparent: String?
    package var data: TaskDraft

    package init(
        specversion: String = "1.0", id: String, source: String, type: String = TaskSubmitted.type,
        datacontenttype: String? = nil, correlationid: String? = nil, traceparent: String? = nil, data: TaskDraft
    ) {
        self.specversion = specversion
        self.id = id
        self.source = source
        self.type = type
        self.datacontenttype = datacontenttype
        self.correlationid = correlationid
        self.traceparent = traceparent
        self.data = data
    }

    package static let rules: [FieldRule<TaskSubmitted>] =
        [
            FieldRule("specversion", keywords: ["const": "1.0"]) { $0.specversion == "1.0" ? nil : "must be 1.0" },
            FieldRule("type", keywords: ["const": .string(type)]) { $0.type == type ? nil : "must be \(type)" },
            .name("id", { $0.id }, 1...200), .name("source", { $0.source }, 1...200),
        ]
        + TaskDraft.rules.map { rule in
            FieldRule("data" + (rule.field.isEmpty ? "" : "/" + rule.field), keywords: rule.keywords) {
                rule.check($0.data)
            }
        }

    /// With U+FFFD for each U+0000 of the task's texts.
    package var storable: TaskSubmitted {
        var event = self
        event.data = data.storable
        return event
    }

    /// One for the documents.
    package static var example: TaskSubmitted {
        TaskSubmitted(
            id: "4711", source: "/helpdesk/acme",
            data: TaskDraft(
                title: "Checkout crashes on an empty cart", project: "shop",
                reference: TaskReference(
                    system: "helpdesk", id: "4711", url: "https://helpdesk.example.com/tickets/4711")))
    }
}
