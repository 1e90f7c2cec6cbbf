import Contracts

extension TaskView {
    /// What a field is worth in a list: the person's word, else the suggestion with its confidence.
    func cell(_ field: TriageField) -> String {
        if let human = fields[field] { return "\(human.value.text) ✓" }
        switch field {
        case .category: return analysis?.category?.short ?? "-"
        case .priority: return analysis?.priority?.short ?? "-"
        case .effort: return analysis?.effort?.short ?? "-"
        }
    }

    func lines() -> [String] {
        var lines = [
            "\(title.clipped(to: 500))",
            "  id        \(id)",
            "  status    \(status.rawValue), revision \(revision)",
            "  project   \(project.clipped(to: 100)), by \(author.clipped(to: 100)) at \(createdAt)",
        ]
        let who = [tier.map { "tier \($0)" }, group.map { "group \($0)" }].compactMap(\.self)
        if !who.isEmpty { lines.append("  as        \(who.joined(separator: ", "))") }
        lines.append("  story     correlation id \(correlationID.clipped(to: 100))")
        for field in TriageField.allCases {
            guard let human = fields[field] else { continue }
            lines.append(
                "  \(field.rawValue.padded(to: 9)) \(human.value.text) "
                    + "(\(human.source.rawValue), by \(human.user.clipped(to: 100)) at \(human.at))")
        }
        if heldBack == true { lines.append("suggestions are held back from this user, to see how good they are") }
        guard let analysis else { return lines }
        let variant = analysis.variant.map { ", variant \($0)" } ?? ""
        let model = analysis.model.map { " (\($0.clipped(to: 200)))" } ?? ""
        lines.append(
            "analysis by \(analysis.modelVersion)\(model)\(variant), \(analysis.rungText), \(analysis.durationText)")
        if let flags = analysis.flags, !flags.isEmpty {
            let found = flags.map { $0.clipped(to: 100) }.joined(separator: ", ")
            lines.append("  FLAGGED   \(found): it reads like an instruction to the model; a person should look")
        }
        if let explanation = analysis.explanation {
            lines.append("  it says   \(explanation.clipped(to: 500))")
        }
        for (name, label) in [("category", analysis.category), ("priority", analysis.priority)] {
            guard let label else { continue }
            func terms(_ reasons: [Reason]) -> String {
                reasons.map { "\($0.term.clipped(to: 40)) (\($0.field), \(percent(abs($0.weight))))" }
                    .joined(separator: ", ")
            }
            let why = terms(label.reasons.filter { $0.weight >= 0 })
            let whyNot = terms(label.reasons.filter { $0.weight < 0 })
            lines.append(
                "  \(name.padded(to: 9)) \(label.short), \(label.zone.rawValue)"
                    + (why.isEmpty ? "" : "; because of " + why) + (whyNot.isEmpty ? "" : "; against it " + whyNot))
        }
        if let effort = analysis.effort { lines.append("  effort    \(effort.short)") }
        if !analysis.labels.isEmpty { lines.append("  labels    " + analysis.labels.joined(separator: ", ")) }
        for task in analysis.similar {
            let terms = task.sharedTerms.isEmpty ? "" : " [\(task.sharedTerms.joined(separator: ", "))]"
            lines.append("  similar   \(percent(task.score)) \(task.taskID) \(task.title.clipped(to: 60))\(terms)")
        }
        return lines
    }
}

extension Analysis {
    var rungText: String {
        guard degraded else { return rung.rawValue }
        // A fallback is another provider: no step down.
        let step = rung == .provider ? "a fallback in place of the usual provider" : "degraded to \(rung.rawValue)"
        return "\(step): \(reason ?? "no reason given")"
    }

    var durationText: String {
        durationMicroseconds < 1_000 ? "\(durationMicroseconds) µs" : "\(durationMicroseconds / 1_000) ms"
    }

    /// All fields on one line.
    var summary: String {
        var parts: [String] = []
        if let category { parts.append("category \(category.short) \(category.zone.rawValue)") }
        if let priority { parts.append("priority \(priority.short) \(priority.zone.rawValue)") }
        if let effort { parts.append("effort \(effort.short)") }
        if !similar.isEmpty { parts.append("\(similar.count) similar") }
        if flags?.isEmpty == false { parts.append("FLAGGED") }
        parts.append("by \(modelVersion)" + (degraded ? " (\(rungText))" : ""))
        return parts.joined(separator: " · ")
    }
}

extension LabelSuggestion {
    var short: String { "\(value.clipped(to: 40)) \(percent(confidence))" }
}

extension EffortSuggestion {
    var short: String {
        // A remote model names no interval.
        let interval = low < high ? " (\(pointsText(low))-\(pointsText(high)))" : ""
        return pointsText(points) + interval + (enoughEvidence ? "" : ", little evidence")
    }
}

extension FieldValue {
    var text: String {
        switch self {
        case .text(let label): label.clipped(to: 40)
        case .number(let points): pointsText(points)
        }
    }
}

func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

/// Without a fraction where there is none.
func pointsText(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() && abs(tenths) < 1e15 ? String(Int(tenths)) : String(tenths)
}
