package import Contracts
package import TriageModel

/// One piece of feedback, as it was recorded.
package struct FeedbackItem: Hashable, Sendable {
    package var eventID: Identifier
    package var taskID: Identifier
    package var revision: Int
    package var text: TaskWords
    package var judgedBy: String
    package var fields: [JudgedField]
    package var time: EventTime

    package init(
        eventID: Identifier, taskID: Identifier, revision: Int, text: TaskWords, judgedBy: String,
        fields: [JudgedField], time: EventTime
    ) {
        self.eventID = eventID
        self.taskID = taskID
        self.revision = revision
        self.text = text
        self.judgedBy = judgedBy
        self.fields = fields
        self.time = time
    }

    /// Later revisions win, then later judgements; the id breaks ties.
    fileprivate func isLater(than other: FeedbackItem) -> Bool {
        (revision, time, eventID) > (other.revision, other.time, other.eventID)
    }
}

/// What a model reads of a task.
package struct TaskWords: Hashable, Sendable {
    package var project: String
    package var title: String
    package var body: String

    package init(project: String, title: String, body: String) {
        self.project = project
        self.title = title
        self.body = body
    }
}

/// A task with what people finally said about it: one line of a snapshot.
package struct DatasetExample: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var project: String
    package var title: String
    package var body: String
    /// Kept from training, now and in every later training, to judge models by.
    package var isHeldOut: Bool
    package var labels: [DatasetLabel]

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case project, title, body, labels
        case isHeldOut = "held_out"
    }
}

/// One field's final label and where it comes from.
package struct DatasetLabel: Codable, Hashable, Sendable {
    package var field: TriageField
    package var value: FieldValue
    package var provenance: Provenance
    package var weight: Double
    package var judgedBy: String
    package var eventID: Identifier

    enum CodingKeys: String, CodingKey {
        case field, value, provenance, weight
        case judgedBy = "judged_by"
        case eventID = "event_id"
    }
}

/// From feedback to examples.
package enum DatasetAssembly {
    /// One task in so many is held out.
    package static let heldOutShare: UInt64 = 5

    /// How much a label counts. A confirmed suggestion counts half: it is easier to agree than to correct, yet without
    /// it only mistakes would train and confidences would become lies (MODEL.md). What no person said never trains.
    package static func weight(of provenance: Provenance) -> Double? {
        switch provenance {
        case .human, .corrected: 1
        case .accepted: 0.5
        case .auto: nil
        }
    }

    /// One example for each task that has a label, in the order of the task ids; the order of the items is of no
    /// matter. For each field the latest judgement wins, whoever made it; the text is that of the latest revision
    /// that was judged.
    package static func assemble(_ items: some Sequence<FeedbackItem>) -> [DatasetExample] {
        var tasks: [Identifier: Draft] = [:]
        for item in items { tasks[item.taskID, default: Draft(latest: item)].add(item) }
        return tasks.values.compactMap(\.example).sorted { $0.taskID < $1.taskID }
    }

    private struct Draft {
        var latest: FeedbackItem
        var judgements: [TriageField: (item: FeedbackItem, field: JudgedField)] = [:]

        init(latest: FeedbackItem) { self.latest = latest }

        mutating func add(_ item: FeedbackItem) {
            if item.isLater(than: latest) { latest = item }
            for field in item.fields where DatasetAssembly.weight(of: field.provenance) != nil {
                if let present = judgements[field.field], !item.isLater(than: present.item) { continue }
                judgements[field.field] = (item, field)
            }
        }

        var example: DatasetExample? {
            let labels = TriageField.allCases.compactMap { field -> DatasetLabel? in
                guard let (item, judged) = judgements[field],
                    let weight = DatasetAssembly.weight(of: judged.provenance)
                else { return nil }
                return DatasetLabel(
                    field: field, value: judged.value, provenance: judged.provenance, weight: weight,
                    judgedBy: item.judgedBy, eventID: item.eventID)
            }
            guard !labels.isEmpty else { return nil }
            let text = latest.text
            return DatasetExample(
                taskID: latest.taskID, project: text.project, title: text.title, body: text.body,
                isHeldOut: HeldOutSplit.isHeldOut(title: text.title, body: text.body), labels: labels)
        }
    }
}

extension DatasetExample {
    /// What a model reads of it.
    package var text: TaskText { TaskText(project: project, title: title, body: body) }

    /// As the trainer takes it: labels of unlike weight become examples of their own.
    package var labelledTasks: [LabelledTask] { labelledTasks(embedding: nil) }

    /// The same with the task's vector.
    package func labelledTasks(embedding: TextEmbedding?) -> [LabelledTask] {
        Set(labels.map(\.weight)).sorted(by: >).map { weight in
            var task = LabelledTask(
                id: taskID.description, text: text, weight: weight, embedding: embedding)
            for label in labels where label.weight == weight {
                switch (label.field, label.value) {
                case (.category, .text(let value)): task.category = value
                case (.priority, .text(let value)): task.priority = value
                case (.effort, .number(let points)): task.effort = points
                default: break  // refused by the event's own rules
                }
            }
            return task
        }
    }
}
