package import Contracts

/// A recorded task as a replay compares it: what was shown, and what a person said.
package struct ReplayItem: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var category: String?
    package var priority: String?
    package var effort: Double?
    package var fields: TaskFields

    package init(taskID: Identifier, category: String?, priority: String?, effort: Double?, fields: TaskFields) {
        self.taskID = taskID
        self.category = category
        self.priority = priority
        self.effort = effort
        self.fields = fields
    }

    enum CodingKeys: String, CodingKey {
        case category, priority, effort, fields
        case taskID = "task_id"
    }

    fileprivate func shown(_ field: TriageField) -> FieldValue? {
        switch field {
        case .category: category.map { .text($0) }
        case .priority: priority.map { .text($0) }
        case .effort: effort.map { .number($0) }
        }
    }
}

/// What would change, of one chunk's tasks.
package struct ReplayTally: Hashable, Sendable {
    /// Story points that nobody would call a difference.
    package static let equalPoints = 0.5

    package private(set) var fields = TriageField.allCases.map { ReplayField($0) }
    package private(set) var differences: [ReplayDifference] = []

    /// Compares each item with the answer to its task; one without an answer counts as one that says nothing.
    package init(_ items: [ReplayItem], _ answers: [ReplayAnswer]) {
        let answers = Dictionary(answers.map { ($0.taskID, $0) }, uniquingKeysWith: { first, _ in first })
        for item in items {
            for (place, field) in TriageField.allCases.enumerated() {
                guard let shown = item.shown(field) else { continue }
                fields[place].shown += 1
                let candidate = answers[item.taskID].flatMap { Self.value($0, field) }
                guard !Self.isSame(shown, candidate) else { continue }
                add(item, place, shown, candidate)
            }
        }
    }

    private mutating func add(_ item: ReplayItem, _ place: Int, _ shown: FieldValue, _ candidate: FieldValue?) {
        let field = fields[place].field
        // What was applied without a person is no truth.
        let judged = item.fields[field].flatMap { $0.source == .auto ? nil : $0 }
        let outcome = Self.outcome(shown: shown, candidate: candidate, truth: judged?.value)
        fields[place].differ += 1
        switch outcome {
        case .won: fields[place].won += 1
        case .lost:
            fields[place].lost += 1
            if judged?.source == .accepted { fields[place].lostToAccepted += 1 }
        case .tie: fields[place].ties += 1
        case .noTruth: fields[place].noTruth += 1
        }
        differences.append(
            ReplayDifference(
                taskID: item.taskID, field: field, shown: shown, candidate: candidate, truth: judged?.value,
                outcome: outcome))
    }

    private static func value(_ answer: ReplayAnswer, _ field: TriageField) -> FieldValue? {
        switch field {
        case .category: answer.category.map { .text($0) }
        case .priority: answer.priority.map { .text($0) }
        case .effort: answer.effort.map { .number($0) }
        }
    }

    private static func isSame(_ shown: FieldValue, _ candidate: FieldValue?) -> Bool {
        guard case .number(let old) = shown, case .number(let new)? = candidate else { return shown == candidate }
        return abs(old - new) < equalPoints
    }

    private static func outcome(
        shown: FieldValue, candidate: FieldValue?, truth: FieldValue?
    ) -> ReplayDifference.Outcome {
        guard let truth else { return .noTruth }
        let (old, new) = (distance(shown, truth), distance(candidate, truth))
        return new < old ? .won : (old < new ? .lost : .tie)
    }

    /// 0 or 1 for labels, points for effort; nothing is farther off than anything.
    private static func distance(_ value: FieldValue?, _ truth: FieldValue) -> Double {
        guard let value else { return .infinity }
        guard case .number(let points) = value, case .number(let right) = truth else { return value == truth ? 0 : 1 }
        return abs(points - right)
    }
}
