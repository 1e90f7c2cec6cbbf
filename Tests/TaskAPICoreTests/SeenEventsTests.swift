import Contracts
import TaskAPICore
import Testing

/// What a stream's position says was missed.
@Suite struct SeenEventsTests {
    private let ids = (0..<100).map { _ in Identifier() }

    /// What a reader of these events, in the order in which it got them, is told to resume from.
    private func position(after events: some Sequence<Identifier>) -> String {
        var seen = SeenEvents()
        for event in events { _ = seen.admit(event) }
        return seen.position
    }

    private func missed(after events: some Sequence<Identifier>, in history: [Identifier]) throws -> [Identifier]? {
        try missed(position(after: events), in: history)
    }

    private func missed(
        _ position: String, in history: [Identifier], isWhole: Bool = true
    ) throws -> [Identifier]? {
        var seen = try #require(SeenEvents(lastEventID: position))
        return seen.missed(in: history, isWhole: isWhole)?.map { history[$0] }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 60, 100])
    func `a reader that got the first so many misses the others`(count: Int) throws {
        #expect(try missed(after: ids.prefix(count), in: ids) == Array(ids.dropFirst(count)))
    }

    @Test func `an event that was overtaken is missed, one that came late is not sent again`() throws {
        // The fourth from last was never sent; the very first came only at the end.
        let sent = Array(ids[1..<56]) + ids[57..<60] + [ids[0]]
        #expect(try missed(after: sent, in: ids) == [ids[56]] + ids[60...])
    }

    @Test func `an event that the history does not have yet is not missed`() throws {
        let stored = Array(ids.prefix(40))
        #expect(try missed(after: ids.prefix(43), in: stored) == [])
        #expect(try missed(after: ids.prefix(43), in: stored + ids[43..<45]) == Array(ids[43..<45]))
    }

    @Test func `too much has happened when the history does not reach back`() throws {
        #expect(try missed(position(after: ids.prefix(20)), in: Array(ids[40...]), isWhole: false) == nil)
        #expect(try missed(position(after: ids.prefix(3)), in: Array(ids[1...]), isWhole: false) == nil)
    }

    @Test func `any order of a reader's events with few overtakings loses and repeats nothing`() throws {
        for seed in 0..<2_000 {
            var generator = SeededNumbers(seed: UInt64(seed))
            let count = Int.random(in: 0...80, using: &generator)
            var sent = Array(ids.prefix(count))
            // Each event comes up to four places too early or too late.
            for start in stride(from: 0, to: count, by: 5) {
                sent[start..<min(start + 5, count)].shuffle(using: &generator)
            }
            let unsent = Set(sent.suffix(4).filter { _ in Bool.random(using: &generator) })
            sent.removeAll { unsent.contains($0) }
            let expected = ids.filter { unsent.contains($0) } + ids.dropFirst(count)
            #expect(try missed(after: sent, in: ids) == expected, "seed \(seed)")
        }
    }

    @Test func `the id of an event says that all before it was seen`() throws {
        var seen = try #require(SeenEvents(lastEventID: ids[49].description))
        let places = seen.missed(in: ids, isWhole: true)
        #expect(places == Array(50..<100))
        #expect(try missed(seen.position, in: ids) == Array(ids[50...]))
    }

    @Test func `an event is admitted once, a change of the serving model too`() {
        var seen = SeenEvents()
        for id in ids {
            let (first, second) = (seen.admit(id), seen.admit(id))
            #expect(first && !second)
        }
        let (old, rollout) = (seen.admit(ids[0]), seen.admit(Identifier(), isRollout: true))
        #expect(!old && rollout)
        let resumed = SeenEvents(lastEventID: seen.position)
        #expect(resumed?.position == seen.position)
    }

    @Test(arguments: [
        "", "x", "v1", "v2..", "v1.zz", "v1..0123456789ag", "v1..0123456789a",
        "v1" + String(repeating: ".", count: 400),
        "v1." + String(repeating: ".0123456789ab", count: 17),
    ])
    func `what is no position says nothing`(text: String) { #expect(SeenEvents(lastEventID: text) == nil) }
}

/// Reproducible numbers (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
