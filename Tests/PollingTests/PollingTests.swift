import Polling
import Testing

private actor Counter {
    nonisolated let thread = PollThread(name: "counter")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private var count = 0
    private var polls = 0
    private var waiter: CheckedContinuation<Void, Never>?

    func increment() -> Int {
        count += 1
        return count
    }

    func waitForPoll() async {
        thread.setSource(
            prepare: { _ in 1 },
            ready: { [weak self] _ in self?.assumeIsolated { $0.polled() } })
        await withCheckedContinuation { waiter = $0 }
    }

    private func polled() {
        polls += 1
        waiter?.resume()
        waiter = nil
    }
}

@Test func `jobs of many callers run one after another on the actor's thread`() async {
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<1_000 { group.addTask { _ = await counter.increment() } }
    }
    #expect(await counter.increment() == 1_001)
}

@Test func `the source is polled with its time-out and enters the actor`() async {
    let counter = Counter()
    await counter.waitForPoll()
    #expect(await counter.increment() == 1)
}

@Test func `hundreds of executors come and go`() async {
    for _ in 0..<300 {
        let counter = Counter()
        #expect(await counter.increment() == 1)
    }
}
