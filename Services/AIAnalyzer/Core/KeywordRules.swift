package import Contracts

/// The lowest rung: a few words that nearly always mean the same, for when no model can be loaded. Never sure, so
/// always in the zone `ask`.
package enum KeywordRules {
    private static let words: [(label: String, words: [String])] = [
        ("bug", ["crash", "error", "exception", "fails", "broken", "regression", "stack trace", "doesn't work"]),
        ("question", ["how do", "how to", "how can", "why does", "is it possible", "what is"]),
        ("feature", ["add", "support", "allow", "would be nice", "feature", "please provide"]),
    ]

    /// The analysis of a task by its words alone.
    package static func analysis(
        id: Identifier, of task: TaskSnapshot, because reason: String, at time: EventTime
    ) -> Analysis {
        let text = (task.title + "\n" + task.body.prefix(2_000)).lowercased()
        var scores = words.map { entry in (entry.label, entry.words.filter { text.contains($0) }) }
        scores.sort { $0.1.count > $1.1.count }
        var category: LabelSuggestion?
        if let (label, hits) = scores.first, !hits.isEmpty {
            let total = Double(scores.map(\.1.count).reduce(0, +) + words.count)
            category = LabelSuggestion(
                value: label, confidence: Double(hits.count + 1) / total, zone: .ask,
                distribution: Dictionary(
                    uniqueKeysWithValues: scores.map { ($0.0, Double($0.1.count + 1) / total) }),
                reasons: hits.prefix(5).map { word in
                    Reason(
                        term: word, field: task.title.lowercased().contains(word) ? "title" : "body",
                        weight: 1 / Double(hits.count))
                })
        }
        return Analysis(
            analysisID: id, taskID: task.taskID, revision: task.revision, modelVersion: "rules-1", rung: .rules,
            degraded: true, reason: reason, category: category, analysedAt: time)
    }
}
