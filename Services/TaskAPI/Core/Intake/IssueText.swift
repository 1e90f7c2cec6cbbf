package import Contracts

/// Texts of other systems within the bounds of a task.
package enum IssueText {
    /// What a task without a title is called.
    package static let noTitle = "(no title)"

    /// The title and the body as a task can hold them, and what was cut.
    package static func fitted(title: String, body: String) -> (title: String, body: String, note: String?) {
        var notes: [String] = []
        let plain = TaskDraft(title: title, body: body).storable
        var title = clipped(plain.title, characters: TaskDraft.titleCharacters.upperBound)
        if title.unicodeScalars.allSatisfy(\.properties.isWhitespace) { title = noTitle }
        if title.utf8.count < plain.title.utf8.count {
            notes.append("the title was cut at \(TaskDraft.titleCharacters.upperBound) characters")
        }
        let fitting = clipped(plain.body ?? "", bytes: TaskDraft.bodyBytes)
        if fitting.utf8.count < (plain.body ?? "").utf8.count {
            notes.append("the description was cut at \(TaskDraft.bodyBytes) bytes")
        }
        return (title, fitting, notes.isEmpty ? nil : notes.joined(separator: "; "))
    }

    /// The first labels that a task can hold.
    package static func labels(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return Array(
            names.map { clipped($0, characters: 100) }
                .filter { name in
                    !name.unicodeScalars.allSatisfy(\.properties.isWhitespace) && !name.utf8.contains(0)
                        && seen.insert(name).inserted
                }.prefix(TaskDraft.maximumLabels))
    }

    /// The name of a person of another system as a user of ours.
    package static func user(_ name: String, of kind: IntakeKind) -> String {
        let plain = String(String.UnicodeScalarView(name.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }))
        return clipped("\(kind.rawValue):\(plain.isEmpty ? "unknown" : plain)", characters: 100)
    }

    /// A project's name.
    package static func project(_ name: String) -> String {
        let plain = clipped(name, characters: 100)
        let isBlank = plain.unicodeScalars.allSatisfy(\.properties.isWhitespace) || plain.utf8.contains(0)
        return isBlank ? "default" : plain
    }

    /// An address for a link, or nil.
    package static func address(_ url: String?) -> String? { url.flatMap { TaskReference.isAddress($0) ? $0 : nil } }

    /// A moment of another system's: RFC 3339, or GitLab's `2026-11-23 08:30:00 UTC`.
    package static func time(_ text: String?) -> EventTime? {
        guard let text else { return nil }
        if let time = EventTime(text) { return time }
        guard text.hasSuffix(" UTC") else { return nil }
        let parts = text.dropLast(4).split(separator: " ")
        return parts.count == 2 ? EventTime("\(parts[0])T\(parts[1])Z") : nil
    }

    /// The judgements that labels stand for: each field once, the last one said.
    package static func judgements(_ labels: [String], by meanings: [LabelMeaning]) -> [FeedbackDraft.Field] {
        var fields: [TriageField: FieldValue] = [:]
        for label in labels {
            for meaning in meanings where meaning.label.lowercased() == label.lowercased() {
                fields[meaning.field] = meaning.value
            }
        }
        return TriageField.allCases.compactMap { field in
            fields[field].map { FeedbackDraft.Field(field: field, verdict: .corrected, value: $0) }
        }
    }

    private static func clipped(_ text: String, characters: Int) -> String {
        guard text.utf8.count > characters, text.unicodeScalars.count > characters else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(characters - 1))) + "…"
    }

    private static func clipped(_ text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var count = 0
        var end = text.unicodeScalars.startIndex
        for index in text.unicodeScalars.indices {
            count += UTF8.width(text.unicodeScalars[index])
            // Room for the sign that something is missing.
            if count > bytes - 3 { break }
            end = text.unicodeScalars.index(after: index)
        }
        return String(text.unicodeScalars[..<end]) + "…"
    }
}
