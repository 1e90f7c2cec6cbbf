import Resilience
import Testing

@Suite struct BulkheadTests {
    @Test func `who comes first goes first, and the one too many is turned away`() {
        var bulkhead = Bulkhead(limit: 1, queueLimit: 2)
        #expect(bulkhead.enter(1) == .admitted)
        #expect(bulkhead.enter(2) == .queued)
        #expect(bulkhead.enter(3) == .queued)
        #expect(bulkhead.enter(4) == .rejected)
        #expect(bulkhead.leave() == 2)
        #expect(bulkhead.leave() == 3)
        #expect(bulkhead.leave() == nil)
        #expect(bulkhead.running == 0)
    }

    @Test func `whoever stops waiting makes room in the queue`() {
        var bulkhead = Bulkhead(limit: 1, queueLimit: 1)
        _ = bulkhead.enter(1)
        _ = bulkhead.enter(2)
        #expect(bulkhead.abandon(2) == true)
        #expect(bulkhead.abandon(2) == false)
        #expect(bulkhead.enter(3) == .queued)
        #expect(bulkhead.leave() == 3)
    }

    @Test func `never more inside or waiting than allowed, nobody lost, and always in order`() {
        expectAll { generator in
            let limit = Int.random(in: 1...5, using: &generator)
            let queueLimit = Int.random(in: 0...6, using: &generator)
            var bulkhead = Bulkhead(limit: limit, queueLimit: queueLimit)
            var inside: Set<UInt64> = []
            var waiting: [UInt64] = []
            for id in UInt64(1)...300 {
                switch Int.random(in: 0..<5, using: &generator) {
                case 0, 1:
                    switch bulkhead.enter(id) {
                    case .admitted:
                        if !waiting.isEmpty { return "\(id) overtook the queue" }
                        inside.insert(id)
                    case .queued:
                        if inside.count < limit { return "queued in front of a free place" }
                        waiting.append(id)
                    case .rejected:
                        if inside.count < limit || waiting.count < queueLimit { return "rejected without need" }
                    }
                case 2, 3:
                    guard let leaving = inside.randomElement(using: &generator) else { continue }
                    inside.remove(leaving)
                    let next = bulkhead.leave()
                    if next != waiting.first { return "\(next ?? 0) instead of \(waiting.first ?? 0)" }
                    if let next {
                        waiting.removeFirst()
                        inside.insert(next)
                    }
                default:
                    let someone = UInt64.random(in: 1...id, using: &generator)
                    let place = waiting.firstIndex(of: someone)
                    if bulkhead.abandon(someone) != (place != nil) { return "abandoned wrongly" }
                    if let place { waiting.remove(at: place) }
                }
                if bulkhead.running > limit { return "\(bulkhead.running) inside" }
                if bulkhead.waiting > queueLimit { return "\(bulkhead.waiting) waiting" }
                if bulkhead.running != inside.count || bulkhead.waiting != waiting.count { return "miscounted" }
            }
            return nil
        }
    }
}
