import AIAnalyzerCore
import Testing

/// When a call has too little time, and when a time-out is the provider's.
@Suite struct RecentAnswersTests {
    private func answers(_ milliseconds: [Int]) -> RecentAnswers {
        milliseconds.reduce(into: RecentAnswers()) { $0.add(.milliseconds($1), at: .now) }
    }

    @Test func `before the first answer nothing is known: any call may be made, and its time-out counts`() {
        let none = RecentAnswers()
        #expect(none.needed(atLeast: .milliseconds(50), of: .seconds(6)) == .milliseconds(50))
        #expect(!none.isShort(.milliseconds(60), of: .seconds(6)))
        #expect(none.last == nil)
    }

    @Test func `a server that stands still is to blame, though its callers queued: others were answered in less`() {
        let quick = answers(Array(repeating: 1_400, count: 16))
        #expect(!quick.isShort(.seconds(3), of: .seconds(20)))
        #expect(quick.isShort(.milliseconds(1_500), of: .seconds(20)))
    }

    @Test func `who queued behind slow calls gets none that can't end well, and blames nobody`() {
        let slow = answers(Array(repeating: 3_000, count: 16))
        #expect(slow.needed(atLeast: .milliseconds(50), of: .seconds(6)) == .seconds(3))
        #expect(slow.isShort(.milliseconds(3_500), of: .seconds(6)))
        #expect(!slow.isShort(.milliseconds(3_800), of: .seconds(6)))
    }

    @Test func `most of the time is enough however slow it is, and one slow answer is no rule`() {
        let tooSlow = answers(Array(repeating: 9_000, count: 16))
        #expect(tooSlow.needed(atLeast: .zero, of: .seconds(6)) == .milliseconds(4_800))
        #expect(!tooSlow.isShort(.milliseconds(4_800), of: .seconds(6)))
        let oneSlow = answers(Array(repeating: 500, count: 15) + [9_000])
        #expect(oneSlow.needed(atLeast: .zero, of: .seconds(6)) == .milliseconds(500))
    }

    @Test func `what was long ago is forgotten`() {
        let faster = answers(Array(repeating: 9_000, count: 16) + Array(repeating: 100, count: 16))
        #expect(faster.needed(atLeast: .zero, of: .seconds(6)) == .milliseconds(100))
    }
}
