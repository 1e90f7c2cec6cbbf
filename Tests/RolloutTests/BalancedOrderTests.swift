import Rollout
import Testing

@Suite struct BalancedOrderTests {
    @Test func `ten users in a row get each tenth once, a hundred each percentage once`() {
        for experiment in 0..<100 {
            let order = BalancedOrder(experiment: "experiment-\(experiment)")
            for block in [0, 1, 7, 1_000_000] {
                let percents = (0..<100).map { order.percent(of: block * 100 + $0) }
                guard percents.sorted() == Array(0..<100) else { return fail("\(experiment), block \(block)") }
                for ten in 0..<10 {
                    let tenths = percents[ten * 10..<ten * 10 + 10].map { $0 / 10 }
                    guard tenths.sorted() == Array(0..<10) else { return fail("\(experiment), ten \(ten)") }
                }
            }
        }
    }

    @Test func `no whole percentage is ever off by more than 6 users`() {
        var worst = 0.0
        for experiment in 0..<60 {
            let order = BalancedOrder(experiment: "experiment-\(experiment)")
            var below = [Int](repeating: 0, count: 101)
            for user in 0..<1_200 {
                let percent = order.percent(of: user)
                for limit in percent + 1...100 { below[limit] += 1 }
                for limit in 1..<100 {
                    worst = max(worst, abs(Double(below[limit]) - Double((user + 1) * limit) / 100))
                }
            }
        }
        #expect(worst <= 6)
        // It is an order, not a table of equal ones: some are off by a few.
        #expect(worst > 2)
    }

    @Test func `each place may get each percentage`() {
        var seen: Set<Int> = []
        for experiment in 0..<2_000 {
            seen.insert(BalancedOrder(experiment: "experiment-\(experiment)").percent(of: 0))
        }
        #expect(seen.count == 100)
    }
}
