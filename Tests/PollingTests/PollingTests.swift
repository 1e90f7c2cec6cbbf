import Polling
import Synchronization
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

/// Takes orders from any thread through a flag and a wake-up, as the pools do.
private final class Mailbox: Sendable {
    private let thread = PollThread(name: "mailbox")
    private let order = Mutex<CheckedContinuation<Void, Never>?>(nil)

    init() {
        thread.setSource(
            prepare: { _ in -1 },
            ready: { [weak self] _ in
                self?.order.withLock { order in
                    order?.resume()
                    order = nil
                }
            })
    }

    func place() async {
        await withCheckedContinuation { continuation in
            order.withLock { $0 = continuation }
            thread.wake()
        }
    }
}

@Test(.timeLimit(.minutes(1))) func `a wake-up right after the source is set reaches the source`() async {
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<2_000 { group.addTask { await Mailbox().place() } }
    }
}
