import Contracts
import Messaging
import Testing

/// A queue with messages that kill their consumer, which is started again each time.
struct CrashLoopTests {
    @Test(arguments: [0, 10, 255, 256, 700, 4_999])
    func `a message that kills its consumer dies alone`(position: Int) {
        for seed in 0..<20 {
            var loop = CrashLoop(culprits: [position], seed: UInt64(seed))
            loop.run(isSuspecting: true)
            #expect(loop.dead == [position])
            #expect(loop.crashes == Topology.deliveryLimit + 1)
        }
    }

    @Test func `two of them take few along`() {
        for seed in 0..<20 {
            var loop = CrashLoop(culprits: [10, 200], seed: UInt64(seed))
            loop.run(isSuspecting: true)
            #expect(loop.dead.count < 100)
        }
    }

    @Test func `without suspicion all that was prefetched beside it dies too`() {
        var loop = CrashLoop(culprits: [10], seed: 1)
        loop.run(isSuspecting: false)
        #expect(loop.dead.count == CrashLoop.prefetch)
    }
}

/// What the broker and a consumer do: deliver as much as may be prefetched, handle batch by batch, and at a crash count
/// all that was delivered and not settled.
private struct CrashLoop {
    static let prefetch = 768
    static let batch = 256

    let culprits: Set<Int>
    var generator: SeededGenerator
    var queue: [(message: Int, unanswered: Int)] = (0..<5_000).map { ($0, 0) }
    var dead: Set<Int> = []
    var crashes = 0

    init(culprits: Set<Int>, seed: UInt64) {
        self.culprits = culprits
        generator = SeededGenerator(seed: seed)
    }

    mutating func run(isSuspecting: Bool) {
        while let (settled, delivered) = life(isSuspecting: isSuspecting) {
            crashes += 1
            queue = queue.enumerated().compactMap { place, entry in
                guard !settled.contains(entry.message) else { return nil }
                guard place < delivered else { return entry }
                guard entry.unanswered < Topology.deliveryLimit else {
                    dead.insert(entry.message)
                    return nil
                }
                return (entry.message, entry.unanswered + 1)
            }
        }
    }

    /// What was settled and how much delivered until a crash; `nil` when there was none.
    private mutating func life(isSuspecting: Bool) -> (settled: Set<Int>, delivered: Int)? {
        var settled: Set<Int> = []
        for start in stride(from: 0, to: queue.count, by: Self.batch) {
            let batch = Array(queue[start..<min(start + Self.batch, queue.count)])
            let groups =
                isSuspecting
                ? CrashSuspects.groups(unanswered: batch.map(\.unanswered), using: &generator)
                : [Array(batch.indices)]
            for group in groups.map({ $0.map { batch[$0].message } }) {
                guard culprits.isDisjoint(with: group) else { return (settled, start + Self.prefetch) }
                settled.formUnion(group)
            }
        }
        return nil
    }
}
