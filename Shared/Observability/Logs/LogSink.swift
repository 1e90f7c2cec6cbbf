import Contracts
import Glibc
import Synchronization

/// Gathers log lines in memory and writes them to a descriptor from a thread of its own.
///
/// A line is on its way 20 ms after it was logged at the latest, at once for a warning or worse and when 64 KiB have
/// gathered. Writers never wait for the descriptor: when its reader is slow and `capacityBytes` are full, lines are
/// dropped, counted, and reported by a line as soon as there is room again.
///
/// Unchecked: everything mutable is touched only between `lock` and `unlock`; the handle is a stable allocation.
package final class LogSink: @unchecked Sendable {
    private static let flushBytes = 65_536
    private static let flushNanoseconds = 20_000_000

    private let descriptor: Int32
    private let capacityBytes: Int
    private let handle = SinkHandle()
    private var buffer: [UInt8] = []
    private var dropped = 0
    private var isUrgent = false
    private var isWriting = false
    private var isStopping = false
    /// Assembles the line that reports dropped ones.
    private let dropLine: @Sendable (_ count: Int, inout [UInt8]) -> Void

    /// Starts the thread.
    package init(
        descriptor: Int32, capacityBytes: Int = 4 << 20,
        dropLine: @escaping @Sendable (_ count: Int, inout [UInt8]) -> Void
    ) {
        self.descriptor = descriptor
        self.capacityBytes = capacityBytes
        self.dropLine = dropLine
        buffer.reserveCapacity(2 * Self.flushBytes)
    }

    /// Lines that were dropped and not yet reported.
    package var droppedCount: Int { handle.locked { dropped } }

    /// Appends one line, newline included, under the lock, so that lines are in the order of their time stamps.
    func append(isUrgent: Bool, _ assemble: (inout [UInt8]) -> Void) {
        handle.lock()
        guard buffer.count < capacityBytes else {
            dropped += 1
            handle.unlock()
            return
        }
        let wasEmpty = buffer.isEmpty
        let wasFull = buffer.count >= Self.flushBytes
        if dropped > 0 {
            dropLine(dropped, &buffer)
            dropped = 0
        }
        assemble(&buffer)
        self.isUrgent = self.isUrgent || isUrgent
        let mustWake = wasEmpty || isUrgent || (!wasFull && buffer.count >= Self.flushBytes)
        handle.unlock()
        if mustWake { handle.wakeThread() }
    }

    /// Waits until everything logged so far is written, at most for `limitMilliseconds`.
    package func flush(limitMilliseconds: Int = 2_000) {
        let deadline = SinkHandle.deadline(nanoseconds: limitMilliseconds * 1_000_000)
        handle.lock()
        isUrgent = true
        handle.wakeThread()
        while !buffer.isEmpty || isWriting {
            if !handle.waitForWritten(until: deadline) { break }
        }
        handle.unlock()
    }

    /// Starts the writing thread; it holds the sink until `stop`.
    package func start() {
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, runLogSink, Unmanaged.passRetained(self).toOpaque())
        precondition(status == 0, "no thread for the log: \(status)")
        pthread_detach(thread)
    }

    /// Writes what is left and ends the thread.
    package func stop() {
        handle.locked { isStopping = true }
        handle.wakeThread()
    }

    /// The thread's body.
    fileprivate func run() {
        var batch: [UInt8] = []
        batch.reserveCapacity(2 * Self.flushBytes)
        while true {
            handle.lock()
            while buffer.isEmpty && !isStopping { handle.waitForWork() }
            if buffer.isEmpty {
                handle.unlock()
                return
            }
            let deadline = SinkHandle.deadline(nanoseconds: Self.flushNanoseconds)
            while !isUrgent && !isStopping && buffer.count < Self.flushBytes {
                if !handle.waitForWork(until: deadline) { break }
            }
            swap(&batch, &buffer)
            isUrgent = false
            isWriting = true
            handle.unlock()
            writeAll(batch)
            batch.removeAll(keepingCapacity: batch.capacity <= 8 * Self.flushBytes)
            handle.lock()
            if dropped > 0 {
                dropLine(dropped, &buffer)
                dropped = 0
            }
            isWriting = false
            handle.unlock()
            handle.announceWritten()
        }
    }

    /// A descriptor that is gone loses the lines: there is nowhere left to say so.
    private func writeAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            var rest = raw[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let count = write(descriptor, start, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

private func runLogSink(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<LogSink>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

/// A mutex with two conditions: there is work for the thread, and the thread has written.
///
/// Unchecked: the three objects are allocated once, never moved, and made for use by several threads.
private final class SinkHandle: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let work = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let written = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Deadlines must not jump with the wall clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(work, &attributes)
        pthread_cond_init(written, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(work)
        pthread_cond_destroy(written)
        pthread_mutex_destroy(mutex)
        work.deallocate()
        written.deallocate()
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }

    func locked<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }

    func wakeThread() { pthread_cond_signal(work) }
    func announceWritten() { pthread_cond_broadcast(written) }
    func waitForWork() { pthread_cond_wait(work, mutex) }
    func waitForWork(until deadline: timespec) -> Bool { wait(work, deadline) }
    func waitForWritten(until deadline: timespec) -> Bool { wait(written, deadline) }

    /// False after the deadline.
    private func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, _ deadline: timespec) -> Bool {
        var deadline = deadline
        return pthread_cond_timedwait(condition, mutex, &deadline) == 0
    }

    static func deadline(nanoseconds: Int) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let total = time.tv_nsec + nanoseconds
        return timespec(tv_sec: time.tv_sec + total / 1_000_000_000, tv_nsec: total % 1_000_000_000)
    }
}
