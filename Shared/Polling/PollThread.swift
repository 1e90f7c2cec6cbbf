package import CPolling
import Glibc
import Synchronization

/// A serial executor that owns one thread, which sits in `poll(2)` on the descriptors of its source.
///
/// An actor that owns a C handle pins itself to one of these (`unownedExecutor`), so that the library's calls, its
/// socket's readiness and the actor's jobs all run on the same thread and never on Swift's cooperative pool.
/// The thread ends when the last reference to the `PollThread` goes away and its jobs are done.
package final class PollThread: SerialExecutor {
    private let core: PollThreadCore

    /// Starts the thread.
    /// - Parameter name: shown by `top -H`; 15 bytes are kept.
    package init(name: String) {
        core = PollThreadCore(name: name)
        core.owner = self
        core.start()
    }

    deinit { core.stop() }

    package func enqueue(_ job: consuming ExecutorJob) { core.enqueue(UnownedJob(job)) }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    package func checkIsolated() { precondition(core.isCurrentThread, "not on the thread of this executor") }

    package func isIsolatingCurrentContext() -> Bool? { core.isCurrentThread }

    /// Sets what the thread polls, replacing an earlier source. Capture the owning actor weakly and enter it by
    /// `assumeIsolated`: both closures run on the thread.
    /// - Parameters:
    ///   - prepare: appends the descriptors to poll; answers the longest wait in milliseconds, -1 for no limit.
    ///   - ready: called after each wait with the same descriptors, their `revents` filled in (all zero after a
    ///     time-out or a wake-up).
    package func setSource(
        prepare: @escaping @Sendable (inout [pollfd]) -> Int32,
        ready: @escaping @Sendable (ArraySlice<pollfd>) -> Void
    ) {
        core.setSource(PollSource(prepare: prepare, ready: ready))
    }

    /// Makes the thread leave its wait now; callable from any thread, async-signal cheap.
    package func wake() { core.wake() }
}

struct PollSource: Sendable {
    let prepare: @Sendable (inout [pollfd]) -> Int32
    let ready: @Sendable (ArraySlice<pollfd>) -> Void
}

/// What the thread itself holds, so that it doesn't keep its `PollThread` alive.
///
/// Unchecked: `owner` and `thread` are written before the thread starts; everything else is in the mutex.
final class PollThreadCore: @unchecked Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var source: PollSource?
        var isSourceNew = false
        var isStopping = false
        var isAwake = false
    }

    private let state = Mutex(State())
    private let wakeDescriptor: Int32
    private let name: String
    private let threadID = Atomic<UInt>(0)
    weak var owner: PollThread?

    init(name: String) {
        self.name = name
        wakeDescriptor = triageloop_eventfd()
        precondition(wakeDescriptor >= 0, "no descriptors left for an executor's wake-up")
    }

    deinit { close(wakeDescriptor) }

    var isCurrentThread: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(&thread, nil, runPollThread, context)
        precondition(status == 0, "no thread for an executor: \(status)")
        pthread_detach(thread)
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        triageloop_eventfd_wake(wakeDescriptor)
    }

    func wake() {
        let mustWrite = state.withLock { state in
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if mustWrite { triageloop_eventfd_wake(wakeDescriptor) }
    }

    func enqueue(_ job: UnownedJob) {
        state.withLock { $0.jobs.append(job) }
        // On the thread itself the loop looks at the jobs before it waits.
        if !isCurrentThread { wake() }
    }

    func setSource(_ source: PollSource) {
        state.withLock { state in
            state.source = source
            state.isSourceNew = true
        }
        wake()
    }

    /// The thread's body: jobs, then the wait, then the source, until stopped with nothing left to do.
    func run() {
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        triageloop_name_thread(name)
        var descriptors: [pollfd] = []
        while true {
            runJobs()
            let (source, isSourceNew, isStopping) = state.withLock { state in
                defer { state.isSourceNew = false }
                return (state.source, state.isSourceNew, state.isStopping && state.jobs.isEmpty)
            }
            if isStopping { return }
            descriptors.removeAll(keepingCapacity: true)
            descriptors.append(pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0))
            var timeout = source?.prepare(&descriptors) ?? -1
            // The wake-up that announced a new source may have been meant for the source too.
            if isSourceNew { timeout = 0 }
            // A job that arrived since `runJobs`, or by `prepare` itself, must not wait for the time-out.
            if state.withLock({ !$0.jobs.isEmpty }) { timeout = 0 }
            let count = poll(&descriptors, nfds_t(descriptors.count), timeout)
            if count < 0 {
                for index in descriptors.indices { descriptors[index].revents = 0 }
            }
            if descriptors[0].revents != 0 { triageloop_eventfd_drain(wakeDescriptor) }
            state.withLock { $0.isAwake = false }
            source?.ready(descriptors[1...])
        }
    }

    private func runJobs() {
        while true {
            let jobs = state.withLock { state in
                defer { state.jobs.removeAll() }
                return state.jobs
            }
            // Held through the jobs: the last reference may go away inside one of them.
            guard !jobs.isEmpty, let owner else { return }
            for job in jobs { job.runSynchronously(on: owner.asUnownedSerialExecutor()) }
        }
    }
}

private func runPollThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<PollThreadCore>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
