import FeatureStore
import Foundation
import Testing

/// The fold: order doesn't matter, size is bounded, bytes give back what was kept.
@Suite struct EntityStateTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `the same events in any order give the same state`(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 13)
        let history = Histories.make(seed: seed, count: 400)
        #expect(Histories.state(history.shuffled(using: &random)) == Histories.state(history))
    }

    @Test func `a state is bounded, however long its history is`() {
        let state = Histories.state(Histories.make(seed: 1, count: 20_000, days: 4_000))
        #expect(state.encoded.count <= 40 + EntityState.weeks * 120 + RecentTasks.capacity * 25)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `a state that is read from bytes is the one that was written`(seed: UInt64) throws {
        let state = Histories.state(Histories.make(seed: seed, count: 1 + Int(seed) * 7))
        let read = try #require(EntityState(encoded: state.encoded))
        #expect(read == state)
        #expect(read.version == state.version)
    }

    @Test func `damaged bytes are no state`() {
        let bytes = Histories.state(Histories.make(seed: 2, count: 100)).encoded
        for length in 0..<bytes.count { #expect(EntityState(encoded: Array(bytes[..<length])) == nil) }
        #expect(EntityState(encoded: bytes + [0]) == nil)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            // It may still be a state, if only a count was hit; it must not end the process.
            if let state = EntityState(encoded: damaged) { _ = state.view(at: Histories.start) }
        }
    }

    @Test func `a label that nobody foresaw counts as other`() {
        var event = Histories.make(seed: 4, count: 1)[0]
        event.kind = .judged
        event.category = "réclamation 🧨"
        let view = Histories.state([event]).view(at: event.writtenAt)
        #expect(view.all.categories[3] == 1)
        #expect(view.all.categories.total == 1)
    }
}
