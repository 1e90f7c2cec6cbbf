package import Contracts
package import RetrainingTriggerCore
package import TriageModel

/// A task and its true category, before anybody has judged it.
package struct TrueTask: Sendable {
    package var project: String
    package var title: String
    package var body: String
    package var category: String?
    package var priority: String?

    package init(project: String, title: String, body: String, category: String?, priority: String? = nil) {
        self.project = project
        self.title = title
        self.body = body
        self.category = category
        self.priority = priority
    }
}

/// The feedback of a team on tasks, as it would have been recorded: some people, more and less diligent, answer the
/// shipped model's suggestions over some weeks.
package struct TeamHistory: Sendable {
    /// What part of the labels each person gives, the first the most.
    package static let shares = [0.34, 0.24, 0.2, 0.14, 0.08]
    package static let start = EventTime(microseconds: 1_767_000_000_000_000)
    private static let minutes: Int64 = 60_000_000

    package var items: [FeedbackItem]

    /// - Parameters:
    ///   - people: how many; the shares above are theirs, the last one's grow with the rest.
    ///   - model: whose suggestions they answer.
    package init(_ tasks: [TrueTask], people: Int = 5, seed: UInt64, model: TriageModel) {
        var random = SpoiltRandom(seed: seed)
        let shuffled = tasks.shuffled(using: &random)
        let predictions = model.predict(shuffled.map { TaskText(project: $0.project, title: $0.title, body: $0.body) })
        items = []
        for (number, (task, prediction)) in zip(shuffled, predictions).enumerated() {
            let created = EventTime(microseconds: Self.start.microseconds + Int64(number) * 17 * Self.minutes)
            let judged = EventTime(
                microseconds: created.microseconds + Int64.random(in: 2...600, using: &random) * Self.minutes)
            var fields: [JudgedField] = []
            if let category = task.category {
                fields.append(Self.judged(.category, category, prediction.category?.label))
            }
            if let priority = task.priority {
                fields.append(Self.judged(.priority, priority, prediction.priority?.label))
            }
            items.append(
                FeedbackItem(
                    eventID: Identifier(at: judged, using: &random), taskID: Identifier(at: created, using: &random),
                    revision: 1, text: TaskWords(project: task.project, title: task.title, body: task.body),
                    judgedBy: Self.person(people, &random), fields: fields, time: judged,
                    writtenAt: EventTime(microseconds: judged.microseconds + 800_000), taskCreatedAt: created))
        }
    }

    private static func judged(_ field: TriageField, _ value: String, _ suggested: String?) -> JudgedField {
        JudgedField(
            field: field, value: .text(value), provenance: suggested == value ? .accepted : .corrected,
            suggested: suggested.map { .text($0) }, confidence: 0.7)
    }

    private static func person(_ people: Int, _ random: inout SpoiltRandom) -> String {
        var rest = Double.random(in: 0..<1, using: &random)
        for (number, share) in shares.prefix(people).enumerated() {
            rest -= share
            if rest < 0 || number == people - 1 { return name(number) }
        }
        return name(0)
    }

    /// `person-1` is the most diligent.
    package static func name(_ number: Int) -> String { "person-\(number + 1)" }

    /// When the training of it was asked for.
    package var bound: EventTime {
        EventTime(microseconds: (items.map(\.time.microseconds).max() ?? 0) + 60 * Self.minutes)
    }

    /// The first part of it, as the last training saw it.
    package func first(_ share: Double) -> TeamHistory {
        var first = self
        first.items = Array(items.prefix(Int(Double(items.count) * share)))
        return first
    }

    /// As retraining-trigger checks it.
    package func report(
        last: DatasetSummary?, base: TriageModel, limits: ValidationLimits = ValidationLimits()
    ) -> ValidationReport {
        let dataset = DatasetAssembly.dataset(items, cap: InfluenceCap())
        return Validation.report(
            ValidationInput(
                examples: dataset.examples, feedback: items.map { FeedbackFact($0) }, bound: bound, last: last,
                base: base), limits: limits)
    }
}
