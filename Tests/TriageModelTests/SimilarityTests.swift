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

    @Test func `the same words are 1, whatever else is in the index`() {
        var (index, ids, texts) = SimilaritySamples.filled(200)
        let unusual = text("Überraschung: 東京タワー crashed the RetryPolicyBuilder", "See error 0x80004005 in v9.4.43.")
        index.add(id: target, scope: "a", title: unusual.title, text: unusual)
        let found = index.query(unusual, scope: "a", excluding: nil, limit: 1)
        #expect(found.first?.id == target)
        #expect((found.first?.score ?? 0) > 0.9999)
        #expect(found.first?.isProbableDuplicate == true)
        for (id, text) in zip(ids, texts).dropFirst().prefix(20) {
            let score = index.query(text, scope: "a", excluding: nil, limit: 100).first { $0.id == id }?.score ?? 0
            #expect(score > 0.9999)
        }
    }

    @Test func `shared words come as the asking task writes them, compounds once`() throws {
        var index = filled()
        index.add(
            id: UUID(), scope: "a", title: "x",
            text: text("nullpointerexception in the null pointer exception view", "retrying"))
        let asked = text("NullPointerException, again", "It Retried twice.")
        let first = try #require(index.query(asked, scope: "a", excluding: nil, limit: 1, minimumScore: 0).first)
        #expect(first.sharedTerms == ["NullPointerException", "Retried"])
    }

    @Test func `endings and numbers: what a word's forms share, and what tells tasks apart`() {
        var index = filled()
        for (title, other) in [
            ("crashing", "crashed"), ("policies", "policy"), ("running", "runs"), ("user's files", "user file"),
            ("upgrade to 9.4.43", "9.4.43"), ("error 4005", "4005"), ("東京タワー", "大東京"),
        ] {
            let id = UUID()
            index.add(id: id, scope: "forms", title: title, text: text(title))
            let found = index.query(text(other), scope: "forms", excluding: nil, limit: 1, minimumScore: 0)
            #expect(found.first?.id == id, "\(title) and \(other)")
            index.remove(id)
        }
        let version = UUID()
        index.add(id: version, scope: "v", title: "b", text: text("Upgrade jetty to 9.4.43"))
        index.add(id: UUID(), scope: "v", title: "a", text: text("Upgrade jetty to 9.4.39"))
        let found = index.query(text("Upgrade jetty to 9.4.43"), scope: "v", excluding: nil, limit: 2)
        #expect(found.first?.id == version)
        #expect(found.count == 2 && found[1].score < 0.9)
    }

    @Test func `an index after many changes answers like a fresh one of the same tasks`() {
        var samples = SimilaritySamples(seed: 7)
        var index = SimilarityIndex(capacity: 40)
        let ids = (0..<90).map { _ in UUID() }
        var living: [(id: UUID, text: TaskText)] = []
        for step in 0..<1_500 {
            let id = ids[samples.random(ids.count)]
            living.removeAll { $0.id == id }
            if step % 6 == 5 {
                index.remove(id)
            } else {
                let text = samples.task()
                index.add(id: id, scope: "a", title: text.title, text: text)
                living.append((id, text))
                if living.count > 40 { living.removeFirst() }
            }
            guard step % 50 == 49 else { continue }
            var fresh = SimilarityIndex(capacity: 40)
            for task in living { fresh.add(id: task.id, scope: "a", title: task.text.title, text: task.text) }
            #expect(index.count == living.count)
            #expect(index.termCount == fresh.termCount)
            let asked = samples.task()
            let old = index.query(asked, scope: "a", excluding: nil, limit: 40, minimumScore: 0)
            let new = fresh.query(asked, scope: "a", excluding: nil, limit: 40, minimumScore: 0)
            #expect(!new.isEmpty && old.count == new.count)
            for task in new {
                let score = old.first { $0.id == task.id }?.score ?? -1
                #expect(abs(score - task.score) < 1e-5)
            }
        }
    }

    @Test func `other scopes change no score`() {
        var (index, _, texts) = SimilaritySamples.filled(30)
        var samples = SimilaritySamples(seed: 3)
        let asked = samples.task()
        let alone = index.query(asked, scope: "a", excluding: nil, limit: 1).map(\.id)
        var both = SimilarityIndex(capacity: 1_000)
        for text in texts { both.add(id: UUID(), scope: "a", title: text.title, text: text) }
        for _ in 0..<500 {
            let text = samples.task()
            both.add(id: UUID(), scope: "b", title: text.title, text: text)
        }
        let shared = both.query(asked, scope: "a", excluding: nil, limit: 1)
        #expect(alone.count == 1 && shared.count == 1)
        #expect(both.query(asked, scope: "c", excluding: nil, limit: 1).isEmpty)
        #expect(both.query(asked, scope: "a", excluding: nil, limit: 1_000, minimumScore: 0).count <= 30)
    }

    @Test func `memory stays within its bound however many tasks come`() {
        var samples = SimilaritySamples(seed: 5)
        var index = SimilarityIndex(capacity: 100)
        var sizes: [Int] = []
        for round in 0..<6 {
            for _ in 0..<1_000 {
                let text = samples.task()
                let unique = TaskText(
                    project: "web", title: text.title + " \(samples.random(1 << 40))", body: text.body)
                index.add(id: UUID(), scope: "s\(samples.random(5))", title: unique.title, text: unique)
            }
            if round >= 2 { sizes.append(index.memoryBytes) }
        }
        #expect(index.count == 100)
        #expect((sizes.max() ?? 0) < (sizes.min() ?? 0) * 3 / 2)
        #expect((sizes.max() ?? 0) < 100 * 8_192 + 400_000)
    }
}
