import Foundation
import Testing
import TriageModel

@Suite struct SimilarityTests {
    private let target = UUID()

    private func text(_ title: String, _ body: String = "") -> TaskText {
        TaskText(project: "web", title: title, body: body)
    }

    /// Some tasks of a product team, and the one that is looked for.
    private func filled(capacity: Int = 100) -> SimilarityIndex {
        var index = SimilarityIndex(capacity: capacity)
        let others = [
            "Dark mode for the settings page", "Invoices show the wrong currency", "Add CSV export to reports",
            "Push notifications arrive twice on Android", "Typo in the welcome mail", "Slow search in large projects",
        ]
        for title in others { index.add(id: UUID(), scope: "a", title: title, text: text(title, "Details follow.")) }
        index.add(
            id: target, scope: "a", title: "Login crashes after entering a wrong password",
            text: text("Login crashes after entering a wrong password", "The login screen crashes with an error."))
        return index
    }

    @Test func `a paraphrased duplicate is found, with the words in common`() throws {
        var index = filled()
        let asked = text("Wrong password makes the login screen crash", "After a wrong password it crashed.")
        let found = index.query(asked, scope: "a", excluding: nil, limit: 3)
        let first = try #require(found.first)
        #expect(first.id == target)
        #expect(first.score > 0.4 && first.score <= 1)
        #expect(first.sharedTerms.contains("password"))
        #expect(first.sharedTerms.contains("login"))
        #expect(found.dropFirst().allSatisfy { $0.score < first.score })
    }

    @Test func `unrelated tasks are not similar, nor do stop words make them so`() {
        var index = filled()
        let asked = text("Is it the case that you can not do this on that", "There is some of it in the and.")
        #expect(index.query(asked, scope: "a", excluding: nil, limit: 5).isEmpty)
        #expect(index.query(text(""), scope: "a", excluding: nil, limit: 5).isEmpty)
    }

    @Test func `a task does not find itself nor tasks of another scope`() {
        var index = filled()
        let same = text("Login crashes after entering a wrong password", "The login screen crashes with an error.")
        #expect(index.query(same, scope: "a", excluding: nil, limit: 5).first?.score ?? 0 > 0.99)
        #expect(!index.query(same, scope: "a", excluding: target, limit: 5).contains { $0.id == target })
        #expect(index.query(same, scope: "b", excluding: nil, limit: 5).isEmpty)
    }

    @Test func `a changed task replaces its old text, a removed one is forgotten`() {
        var index = filled()
        let count = index.count
        index.add(id: target, scope: "a", title: "Zebra stripes", text: text("Zebra stripes"))
        #expect(index.count == count)
        let login = text("Login crashes after entering a wrong password")
        #expect(!index.query(login, scope: "a", excluding: nil, limit: 5).contains { $0.id == target })
        #expect(index.query(text("zebra stripes"), scope: "a", excluding: nil, limit: 5).first?.id == target)
        index.remove(target)
        #expect(index.count == count - 1)
        #expect(index.query(text("zebra stripes"), scope: "a", excluding: nil, limit: 5).isEmpty)
    }

    @Test func `the oldest tasks make room, and no word outlives its last task`() {
        var index = SimilarityIndex(capacity: 10)
        for number in 0..<100 {
            let title =
                "subject\(String(repeating: "x", count: number % 17)) topic\(String(repeating: "y", count: number))"
            index.add(id: UUID(), scope: "a", title: title, text: text(title))
        }
        #expect(index.count == 10)
        #expect(index.termCount <= 10 * 3)
    }

    @Test func `many tasks come and go without harm`() {
        var index = SimilarityIndex(capacity: 50)
        let ids = (0..<120).map { _ in UUID() }
        for step in 0..<2_000 {
            let id = ids[(step * 37) % ids.count]
            if step % 5 == 4 {
                index.remove(id)
            } else {
                let title = "word\(Character(UnicodeScalar(UInt8(97 + step % 26)))) alpha beta \(step)"
                index.add(id: id, scope: step % 2 == 0 ? "a" : "b", title: title, text: text(title))
            }
            let found = index.query(text("wordc alpha"), scope: "a", excluding: id, limit: 4)
            #expect(found.count <= 4 && found.allSatisfy { $0.score <= 1 })
        }
        #expect(index.count <= 50)
    }
}
