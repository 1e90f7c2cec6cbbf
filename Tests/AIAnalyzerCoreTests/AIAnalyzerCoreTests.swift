import AIAnalyzerCore
import Contracts
import Testing

private let now = EventTime(microseconds: 1_700_000_000_000_000)

private func task(_ title: String, _ body: String = "") -> TaskSnapshot {
    TaskSnapshot(
        taskID: .zero, tenant: "t", project: "p", author: "a", title: title, body: body, revision: 3, createdAt: now)
}

@Test(arguments: [
    ("App crashes with an exception", "bug"), ("How do I reset my password?", "question"),
    ("Please add a dark theme", "feature"),
])
func `the rules know the plainest words`(title: String, category: String) {
    let analysis = KeywordRules.analysis(id: .zero, of: task(title), because: "no model", at: now)
    #expect(analysis.category?.value == category)
    #expect(analysis.category?.reasons.isEmpty == false)
}

@Test func `the rules are honest: degraded, with the reason, never sure`() {
    let analysis = KeywordRules.analysis(id: .zero, of: task("It crashes"), because: "no model", at: now)
    #expect(analysis.rung == .rules)
    #expect(analysis.degraded)
    #expect(analysis.reason == "no model")
    #expect(analysis.revision == 3)
    #expect(analysis.category?.zone == .ask)
    let total = analysis.category?.distribution.values.reduce(0, +) ?? 0
    #expect(abs(total - 1) < 1e-9)
}

@Test func `words that say nothing get no category`() {
    let analysis = KeywordRules.analysis(id: .zero, of: task("Lorem ipsum"), because: "no model", at: now)
    #expect(analysis.category == nil)
}
