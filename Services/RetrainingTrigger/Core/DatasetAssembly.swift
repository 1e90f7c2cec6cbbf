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
    /// When it was known here.
    package var writtenAt: EventTime?
    package var taskCreatedAt: EventTime?
    package var tenant: String?

    package init(
        eventID: Identifier, taskID: Identifier, revision: Int, text: TaskWords, judgedBy: String,
        fields: [JudgedField], time: EventTime, writtenAt: EventTime? = nil, taskCreatedAt: EventTime? = nil,
        tenant: String? = nil
    ) {
        self.eventID = eventID
        self.taskID = taskID
        self.revision = revision
        self.text = text
        self.judgedBy = judgedBy
        self.fields = fields
        self.time = time
        self.writtenAt = writtenAt
        self.taskCreatedAt = taskCreatedAt
        self.tenant = tenant
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

extension TaskWords {
    /// What copies of a task have in common: project and words; nil without words.
    fileprivate var key: TaskWords? {
        let words = TaskWords(
            project: project, title: HeldOutSplit.normalised(title), body: HeldOutSplit.normalised(body))
        return words.title.isEmpty && words.body.isEmpty ? nil : words
    }
}

/// What a snapshot is made of.
package struct Dataset: Sendable {
    package var examples: [DatasetExample]
    /// Secrets that were taken out, by kind.
    package var redactions: [String: Int]
    package var influence: InfluenceRecord
    /// The label sets of the tasks' teams, for those that have changed theirs.
    package var labels = TeamLabels.none
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
    /// Other tasks of the same words that this example stands for too, in the order of their ids.
    package var copies: [Identifier]?
    /// Whose task it is; of copies the first one's. Models are judged by it, and never see it.
    package var tenant: String?

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case project, title, body, labels, copies, tenant
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
    /// that was judged. Tasks of one project with the same words, but for case and punctuation, are one example.
    /// - Parameter labels: categories train under the names of today; a retired one trains nothing, and neither does what
    ///   was said of that task before it.
    package static func assemble(
        _ items: some Sequence<FeedbackItem>, labels: TeamLabels = .none
    ) -> [DatasetExample] {
        var tasks: [Identifier: Draft] = [:]
        for item in items { tasks[item.taskID, default: Draft(latest: item)].add(item) }
        var merged: [TaskWords: Draft] = [:]
        var examples: [Draft] = []
        for draft in tasks.values.sorted(by: { $0.latest.taskID < $1.latest.taskID }) {
            guard draft.isLabelled else { continue }
            guard let words = draft.latest.text.key else {
                examples.append(draft)
                continue
            }
            merged[words]?.merge(draft)
            if merged[words] == nil { merged[words] = draft }
        }
        return (examples + merged.values).compactMap { $0.example(labels) }.sorted { $0.taskID < $1.taskID }
    }

    /// The examples as a snapshot keeps them: without secrets, and with nobody's influence above the cap.
    package static func dataset(
        _ items: some Sequence<FeedbackItem>, cap: InfluenceCap, labels: TeamLabels = .none
    ) -> Dataset {
        var counts: [String: Int] = [:]
        let redacted = assemble(items, labels: labels).map { example in
            var example = example
            for member in [\DatasetExample.title, \DatasetExample.body] {
                let (text, found) = Redaction.redact(example[keyPath: member])
                example[keyPath: member] = text
                for (kind, count) in found { counts[kind.rawValue, default: 0] += count }
            }
            return example
        }
        let (examples, influence) = cap.applied(to: redacted)
        return Dataset(
            examples: examples, redactions: counts, influence: influence,
            labels: labels.only(Set(examples.compactMap(\.tenant))))
    }

    private struct Draft {
        var latest: FeedbackItem
        var judgements: [TriageField: (item: FeedbackItem, field: JudgedField)] = [:]
        var copies: [Identifier] = []

        var isLabelled: Bool { !judgements.isEmpty }

        init(latest: FeedbackItem) { self.latest = latest }

        mutating func add(_ item: FeedbackItem) {
            if item.isLater(than: latest) { latest = item }
            for field in item.fields where DatasetAssembly.weight(of: field.provenance) != nil {
                if let present = judgements[field.field], !item.isLater(than: present.item) { continue }
                judgements[field.field] = (item, field)
            }
        }

        /// Takes in a task of the same words with a later id. Revisions of two tasks say nothing of each other: the later
        /// judgement wins.
        mutating func merge(_ other: Draft) {
            copies.append(other.latest.taskID)
            for (field, judgement) in other.judgements {
                if let present = judgements[field]?.item,
                    (judgement.item.time, judgement.item.eventID) < (present.time, present.eventID)
                {
                    continue
                }
                judgements[field] = judgement
            }
        }

        func example(_ teams: TeamLabels) -> DatasetExample? {
            let labels = TriageField.allCases.compactMap { field -> DatasetLabel? in
                guard let (item, judged) = judgements[field],
                    let weight = DatasetAssembly.weight(of: judged.provenance),
                    let value = teams[item.tenant].trained(field, judged.value)
                else { return nil }
                return DatasetLabel(
                    field: field, value: value, provenance: judged.provenance, weight: weight,
                    judgedBy: item.judgedBy, eventID: item.eventID)
            }
            guard !labels.isEmpty else { return nil }
            let text = latest.text
            return DatasetExample(
                taskID: latest.taskID, project: text.project, title: text.title, body: text.body,
                isHeldOut: HeldOutSplit.isHeldOut(title: text.title, body: text.body), labels: labels,
                copies: copies.isEmpty ? nil : copies, tenant: latest.tenant)
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
