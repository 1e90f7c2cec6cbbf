import FeatureStore
import Foundation
import Testing

/// The join against a naive oracle, and what it must never see.
@Suite struct PointInTimeTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `a view at a version is what plain filters give of the events up to it`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 7)
        let history = Histories.make(seed: seed, count: Int.random(in: 0...300, using: &random))
        let requests = (0..<30).map { _ in
            PointInTimeJoin.Request(
                .version(Int64.random(in: 0...Int64(history.count + 1), using: &random)),
                at: Histories.start + Int64.random(in: 0..<(500 * Histories.day), using: &random))
        }
        let views = PointInTimeJoin.views(of: history.shuffled(using: &random), at: requests)
        for (request, view) in zip(requests, views) {
            guard case .version(let version) = request.position else { continue }
            let expected = NaiveOracle.values(history.filter { $0.version <= version }, at: request.at)
            #expect(Histories.values(view, at: request.at) == expected, "seed \(seed), version \(version)")
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `a view as of a time sees what was written by then, though more had happened`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 31)
        let history = Histories.make(seed: seed, count: 200)
        let asOf = try #require(history.randomElement(using: &random)).writtenAt
        let request = PointInTimeJoin.Request(.writtenAt(asOf), at: asOf)
        let seen = history.filter { $0.writtenAt <= asOf }
        let view = try #require(PointInTimeJoin.views(of: history, at: [request]).first)
        #expect(Histories.values(view, at: asOf) == NaiveOracle.values(seen, at: asOf))
        // It matters: a join by event time would have seen late arrivals.
        if seed == 3 {
            let happened = history.filter { $0.eventTime <= asOf }
            #expect(Histories.values(view, at: asOf) != NaiveOracle.values(happened, at: asOf))
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `whatever is written later changes no value`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 97)
        let history = Histories.make(seed: seed, count: 150)
        let cut = Int.random(in: 0...history.count, using: &random)
        let asOf = cut == 0 ? Histories.start - 1 : history[cut - 1].writtenAt
        let known = history.filter { $0.writtenAt <= asOf }
        // Another future altogether: other events, of any event time.
        let other = Histories.make(seed: seed &+ 1_000, count: 150).filter { $0.writtenAt > asOf }
        var future = known
        for var event in other {
            event.version = Int64(future.count + 1)
            future.append(event)
        }
        let requests = [
            PointInTimeJoin.Request(.writtenAt(asOf), at: asOf),
            PointInTimeJoin.Request(.version(Int64(known.count)), at: asOf + 20 * Histories.day),
        ]
        let expected = PointInTimeJoin.views(of: known, at: requests)
        #expect(PointInTimeJoin.views(of: history, at: requests) == expected)
        #expect(PointInTimeJoin.views(of: future, at: requests) == expected)
    }

    @Test func `a clock that steps back hides what was written after the first later time`() throws {
        var history = Histories.make(seed: 5, count: 3)
        for (index, time) in [Int64(10), 30, 20].enumerated() {
            history[index].writtenAt = Histories.start + time
            history[index].kind = .edited
            history[index].eventTime = Histories.start
        }
        let request = PointInTimeJoin.Request(.writtenAt(Histories.start + 25), at: Histories.start + 25)
        #expect(PointInTimeJoin.views(of: history, at: [request])[0].all.edits == 1)
    }
}
