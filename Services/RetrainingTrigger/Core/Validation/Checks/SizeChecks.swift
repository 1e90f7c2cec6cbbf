import Contracts

/// Whether there is enough, and whether it is text with labels at all.
enum SizeChecks {
    /// Letters and digits below which a text says nothing.
    static let tinyLetters = 3
    static let longBytes = 20_000

    static func minimumSize(_ input: ValidationInput) -> Finding {
        let trained = input.examples.count { !$0.isHeldOut }
        return Finding(
            .minimumSize, Double(trained),
            "\(NumberText.count(trained, "task")) to train on, \(input.examples.count - trained) held out")
    }

    static func labelValues(_ input: ValidationInput) -> Finding {
        let labels = input.examples.flatMap(\.labels)
        guard !labels.isEmpty else { return .silent(.labelValues, "there are no labels") }
        let wrong = labels.filter { $0.field.fault(in: $0.value) != nil || !($0.weight > 0 && $0.weight <= 1) }
        let first = wrong.first.map { ", the first: \($0.field.rawValue) \($0.value.description.prefix(50))" } ?? ""
        return Finding(
            .labelValues, Double(wrong.count) / Double(labels.count),
            "\(wrong.count) of \(NumberText.count(labels.count, "label")) outside of the allowed values" + first)
    }

    static func emptyText(_ texts: [TextFacts]) -> Finding {
        guard !texts.isEmpty else { return .silent(.emptyText, "there are no tasks") }
        let empty = texts.count { $0.letters < tinyLetters }
        // Two of twenty are chance, three are a habit.
        return Finding(
            .emptyText, Double(empty) / Double(texts.count),
            "\(empty) of \(NumberText.count(texts.count, "task")) with fewer than \(tinyLetters) letters",
            atMost: empty < 3 ? .warning : .failure)
    }

    static func longText(_ input: ValidationInput) -> Finding {
        guard !input.examples.isEmpty else { return .silent(.longText, "there are no tasks") }
        let sizes = input.examples.map { $0.title.utf8.count + $0.body.utf8.count }
        let long = sizes.count { $0 > longBytes }
        return Finding(
            .longText, Double(long) / Double(sizes.count),
            "\(long) of \(NumberText.count(sizes.count, "task")) above \(longBytes) bytes, the longest has "
                + "\(sizes.max() ?? 0)", atMost: long < 3 ? .note : .failure)
    }
}
