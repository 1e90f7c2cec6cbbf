import RabbitMQ
import Testing

private func expect(
    _ actual: [SettlementLedger.Acknowledgement], _ expected: [SettlementLedger.Acknowledgement],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual == expected, sourceLocation: sourceLocation)
}

@Test func `contiguous acknowledgements become one multiple`() {
    var ledger = SettlementLedger()
    for tag in 1...5 as ClosedRange<UInt64> { ledger.deliver(tag) }
    expect(ledger.acknowledge([1, 2, 3]), [.init(tag: 3, isMultiple: true)])
    #expect(ledger.openCount == 2)
}

@Test func `a gap keeps what is above it single until it closes`() {
    var ledger = SettlementLedger()
    for tag in 1...6 as ClosedRange<UInt64> { ledger.deliver(tag) }
    expect(ledger.acknowledge([3, 5]), [.init(tag: 3, isMultiple: false), .init(tag: 5, isMultiple: false)])
    expect(ledger.acknowledge([1, 2]), [.init(tag: 2, isMultiple: true)])
    expect(ledger.acknowledge([4, 6]), [.init(tag: 6, isMultiple: true)])
    #expect(ledger.openCount == 0)
}

@Test func `a tag is settled at most once, and an unknown one never`() {
    var ledger = SettlementLedger()
    ledger.deliver(1)
    ledger.deliver(2)
    let rejections = [ledger.reject(2), ledger.reject(2)]
    #expect(rejections == [true, false])
    expect(ledger.acknowledge([2, 3, 0]), [])
    expect(ledger.acknowledge([1, 1]), [.init(tag: 1, isMultiple: false)])
    expect(ledger.acknowledge([1]), [])
    #expect(ledger.open(through: 99) == [])
}

@Test func `any order of settlements settles each tag exactly once`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
        var ledger = SettlementLedger()
        let count = UInt64.random(in: 1...40, using: &random)
        for tag in 1...count { ledger.deliver(tag) }
        var open = Set(1...count)
        var left = Array(1...count).shuffled(using: &random)
        while !left.isEmpty {
            let some = Array(left.prefix(Int.random(in: 1...8, using: &random)))
            left.removeFirst(some.count)
            for acknowledgement in ledger.acknowledge(some) {
                // What the broker checks: the tag itself is open.
                #expect(open.contains(acknowledgement.tag))
                if acknowledgement.isMultiple {
                    open = open.filter { $0 > acknowledgement.tag }
                } else {
                    open.remove(acknowledgement.tag)
                }
            }
            #expect(open == Set(left))
        }
    }
}

@Test func `confirms settle in any order and each once`() {
    var window = ConfirmWindow<String>()
    for token in ["a", "b", "c", "d", "e"] { window.append(token) }
    var settled: [String] = []
    window.settle(tag: 2, multiple: false) { settled.append($0) }
    window.settle(tag: 2, multiple: false) { settled.append($0) }
    window.settle(tag: 3, multiple: true) { settled.append($0) }
    window.settle(tag: 99, multiple: true) { settled.append($0) }
    #expect(settled == ["b", "a", "c"])
    #expect(window.count == 2)
    window.settle(tag: 5, multiple: true) { settled.append($0) }
    #expect(settled == ["b", "a", "c", "d", "e"])
    #expect(window.isEmpty)
}

@Test func `an abandoned confirm settles nothing when it comes after all`() {
    var window = ConfirmWindow<Int>()
    for token in 1...4 { window.append(token) }
    var abandoned: [Int] = []
    window.abandon(where: { $0 <= 2 }) { abandoned.append($0) }
    var settled: [Int] = []
    window.settle(tag: 1, multiple: false) { settled.append($0) }
    window.settle(tag: 3, multiple: true) { settled.append($0) }
    #expect(abandoned == [1, 2])
    #expect(settled == [3])
    window.append(5)
    window.settle(tag: 5, multiple: false) { settled.append($0) }
    #expect(settled == [3, 5])
}

@Test func `the backoff grows to its maximum and stays under its limit`() {
    let backoff = ReconnectBackoff(initial: .milliseconds(100), maximum: .seconds(2))
    #expect(backoff.limit(attempt: 0) == .milliseconds(100))
    #expect(backoff.limit(attempt: 3) == .milliseconds(800))
    #expect(backoff.limit(attempt: 1_000) == .seconds(2))
    for attempt in 0..<50 { #expect(backoff.delay(attempt: attempt) <= backoff.limit(attempt: attempt)) }
}
