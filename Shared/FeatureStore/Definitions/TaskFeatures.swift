/// Features of the task itself: its text, and when it came.
enum TaskFeatures {
    private static let owner = "triage"

    static let definitions: [FeatureDefinition] = [
        define("title_characters", .characters, "Unicode scalars of the title.") { $0.text.titleScalars },
        define("body_characters", .characters, "Unicode scalars of the body.") { $0.text.bodyScalars },
        define("body_words", .count, "Words of the body: runs of anything but ASCII white space.") { $0.text.words },
        define("body_lines", .count, "Lines of the body; an empty body has none.") { $0.text.lines },
        define("code_blocks", .count, "Pairs of code fences (three backticks) in the body.") { $0.text.codeFences / 2 },
        define("question_marks", .count, "Question marks in title and body.") { $0.text.questionMarks },
        define("exclamation_marks", .count, "Exclamation marks in title and body.") { $0.text.exclamationMarks },
        define("links", .count, "Addresses that begin with http:// or https:// in the body.") { $0.text.links },
        define("hour", .hour, "Hour of the day, UTC, in which the task came or was edited.") {
            Int($0.at.flooredQuotient(by: 3_600_000_000).flooredRemainder(by: 24))
        },
        define("weekday", .weekday, "Day of the week, UTC, on which the task came or was edited.") {
            // 1970-01-01 was a Thursday.
            Int(($0.at.flooredQuotient(by: 86_400_000_000) + 3).flooredRemainder(by: 7)) + 1
        },
    ]

    private static func define(
        _ name: String, _ unit: FeatureUnit, _ summary: String, _ value: @escaping @Sendable (FeatureInput) -> Int
    ) -> FeatureDefinition {
        FeatureDefinition(name, version: 1, entity: .task, unit: unit, owner: owner, summary: summary) { input in
            Int32(clamping: value(input))
        }
    }
}
