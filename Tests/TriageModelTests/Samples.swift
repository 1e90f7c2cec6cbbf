import Foundation
import TriageModel

/// Small synthetic tasks: the words of each category are made up here, so that tests need no data set.
enum Samples {
    static let layout = BucketLayout(wordBits: 13, characterBits: 12, copyBits: 12)
    static let projects = ["web", "mobile"]

    private static let subjects = [
        "login page", "search box", "export dialog", "settings menu", "report view", "upload form", "invoice list",
        "calendar", "notification", "profile picture", "dark mode", "sync service",
    ]
    private static let verbs: [String: [String]] = [
        "bug": ["crashes on start", "throws an error", "is broken since the update", "freezes and fails"],
        "feature": [
            "should support filters", "please add an option", "would be nice to allow tags", "add support for csv",
        ],
        "question": [
            "how do i configure", "what does this setting mean?", "is there a way to change", "where can i find?",
        ],
    ]

    /// `count` tasks of each category, all different.
    static func tasks(_ count: Int, from start: Int = 0) -> [LabelledTask] {
        (start..<(start + count)).flatMap { index in
            verbs.keys.sorted().map { category in
                let subject = subjects[index % subjects.count]
                let verb = verbs[category, default: []][(index / 3) % 4]
                let other = subjects[(index * 7 + 5) % subjects.count]
                let text = TaskText(
                    project: projects[index % 2], title: "\(subject) \(verb)",
                    body: "Seen near the \(other) in build \(index). The \(subject) \(verb) for user \(index * 31).")
                return LabelledTask(
                    id: "\(category)-\(index)", text: text, category: category,
                    priority: category == "bug" ? "high" : (index % 2 == 0 ? "low" : "medium"),
                    effort: category == "feature" ? 8 : 2)
            }
        }
    }

    static func options(_ version: String = "test", calibration: [LabelledTask] = []) -> TrainingOptions {
        var options = TrainingOptions(version: version, createdAt: .init(timeIntervalSince1970: 1_800_000_000))
        options.layout = layout
        options.calibration = calibration
        return options
    }

    static func model(_ tasks: [LabelledTask]? = nil, base: TriageModel? = nil) throws -> TriageModel {
        try Trainer.train(tasks ?? Samples.tasks(24), base: base, options: options())
    }
}
