import Foundation
import TriageModel

/// Made-up tasks with a seed: the same every time.
struct SimilaritySamples {
    private var state: UInt64
    private static let subjects = [
        "login page", "search box", "export dialog", "settings menu", "report view", "upload form", "invoice list",
        "calendar", "notification", "profile picture", "dark mode", "sync service", "print preview", "font picker",
    ]
    private static let events = [
        "crashes when opened", "shows the wrong currency", "freezes after the update", "loses unsaved changes",
        "ignores the keyboard", "is empty on Android", "needs a filter", "should remember its size",
        "throws NullPointerException", "takes 30 seconds", "cannot be closed", "appears twice",
    ]

    init(seed: UInt64 = 1) { state = seed }

    mutating func random(_ limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }

    mutating func task() -> TaskText {
        let subject = Self.subjects[random(Self.subjects.count)]
        let event = Self.events[random(Self.events.count)]
        let other = Self.subjects[random(Self.subjects.count)]
        let number = random(500)
        return TaskText(
            project: "web", title: "\(subject) \(event)",
            body: "Seen \(number) times near the \(other) in build \(random(40)). Then it \(Self.events[number % 12]).")
    }

    static func filled(_ count: Int, seed: UInt64 = 1, scope: String = "a") -> (SimilarityIndex, [UUID], [TaskText]) {
        var samples = SimilaritySamples(seed: seed)
        var index = SimilarityIndex(capacity: count)
        let texts = (0..<count).map { _ in samples.task() }
        let ids = texts.map { _ in UUID() }
        for (id, text) in zip(ids, texts) { index.add(id: id, scope: scope, title: text.title, text: text) }
        return (index, ids, texts)
    }
}
