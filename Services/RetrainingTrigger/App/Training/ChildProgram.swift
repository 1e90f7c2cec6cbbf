import Contracts
import Foundation
import Glibc
import RetrainingTriggerCore
import Synchronization

/// Runs this program's own child commands. The child never outlives its work: it is killed when the task is cancelled
/// or the time is over, and ends itself when this process is gone.
struct ChildProgram: Sendable {
    let program: String
    let memoryMegabytes: Int
    let timeout: Duration

    /// - Returns: the comparison that the child printed, if it did.
    /// - Throws: `TrainingFault` for what went wrong in the child or for its end by a signal or by the timeout.
    func run(
        _ arguments: [String], progress: @escaping @Sendable (String) -> Void
    ) async throws -> ModelComparison? {
        try await output(arguments, environment: nil, progress: progress).comparison
    }

    /// Runs somebody's program in a child's care: no shell, a process group of its own, no input.
    /// - Parameters:
    ///   - words: an absolute path and its arguments.
    ///   - environment: all of the program's.
    /// - Returns: how it ended, and its last lines.
    func run(
        foreign words: [String], environment: [String: String], progress: @escaping @Sendable (String) -> Void
    ) async throws -> ChildMessage {
        let json = String(decoding: try ContractJSON.encode(words), as: UTF8.self)
        let output = try await output(
            [ChildCommand.foreign, "--words", json], environment: environment, progress: progress)
        guard let ended = output.ended else {
            throw TrainingFault(reason: "the child process that ran \(words[0]) is gone")
        }
        return ended
    }

    private func output(
        _ arguments: [String], environment: [String: String]?, progress: @escaping @Sendable (String) -> Void
    ) async throws -> ChildOutput {
        try Task.checkCancellation()
        let end = ChildEnd()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments + ["--memory-megabytes", String(memoryMegabytes)]
        if let environment { process.environment = environment }
        // The child reads its input to notice that we are gone.
        let lifeline = try RawPipe()
        let output = try RawPipe()
        defer { close(lifeline.writeEnd) }
        process.standardInput = FileHandle(fileDescriptor: lifeline.readEnd, closeOnDealloc: false)
        let childsEnd = FileHandle(fileDescriptor: output.writeEnd, closeOnDealloc: false)
        process.standardOutput = childsEnd
        process.standardError = childsEnd
        process.terminationHandler = { process in
            end.set(
                process.terminationReason == .exit
                    ? .exit(process.terminationStatus) : .signal(process.terminationStatus))
        }
        defer { withExtendedLifetime(process) {} }
        do {
            defer {
                close(lifeline.readEnd)
                close(output.writeEnd)
            }
            try process.run()
        } catch {
            close(output.readEnd)
            throw TrainingFault(reason: "\(program) can't be started: \(error)")
        }
        let chunks = output.chunks()
        let identifier = process.processIdentifier
        let reading = await read(chunks, progress: progress)
        if !reading.isAtEnd {
            // Whatever it has started is of its process group.
            kill(-identifier, SIGKILL)
            kill(identifier, SIGKILL)
        }
        let status = await end.wait()
        try Task.checkCancellation()
        if !reading.isAtEnd { throw TrainingFault(reason: "took longer than \(timeout.components.seconds) s") }
        try reading.check(status)
        return reading
    }

    /// Reads lines until the child's end, the timeout or cancellation.
    private func read(_ chunks: AsyncStream<[UInt8]>, progress: @escaping @Sendable (String) -> Void) async
        -> ChildOutput
    {
        let timeout = timeout
        return await withTaskGroup(of: ChildOutput?.self) { group in
            group.addTask {
                var output = ChildOutput()
                for await chunk in chunks { output.append(chunk, progress: progress) }
                output.isAtEnd = !Task.isCancelled
                return output
            }
            group.addTask {
                // Cancellation ends the sleep, which is what is wanted.
                try? await Task.sleep(for: timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? ChildOutput()
        }
    }
}

/// A pipe that no other child inherits.
private struct RawPipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw TrainingFault(reason: "no pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// What arrives, until the last writer is gone; closes the read end then. A thread of its own waits for it:
    /// `FileHandle.readabilityHandler` crashed when its handle went away early.
    func chunks() -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let descriptor = readEnd
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                continuation.yield(Array(buffer[..<count]))
            }
            close(descriptor)
            continuation.finish()
        }
        return stream
    }
}

/// What the child has printed.
private struct ChildOutput: Sendable {
    private static let maximumLine = 8 << 20
    private var rest: [UInt8] = []
    private var failure: ChildMessage?
    private(set) var comparison: ModelComparison?
    private(set) var ended: ChildMessage?
    /// What is none of our lines, such as the report of a crash; the last ones.
    private var others: [String] = []
    var isAtEnd = false

    mutating func append(_ chunk: [UInt8], progress: (String) -> Void) {
        rest += chunk
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            take(Array(rest[..<end]), progress: progress)
            rest.removeFirst(end + 1)
        }
        if rest.count > Self.maximumLine { rest = [] }
    }

    private mutating func take(_ line: [UInt8], progress: (String) -> Void) {
        do {
            let message = try ContractJSON.decode(ChildMessage.self, from: line)
            switch message.kind {
            case .progress: progress("\(message.text ?? "") \(Int((message.fraction ?? 0) * 100)) %")
            case .comparison: comparison = message.comparison
            case .failure: failure = message
            case .ended: ended = message
            }
        } catch {
            others = others.suffix(4) + [String(decoding: line.prefix(300), as: UTF8.self)]
        }
    }

    /// - Throws: `TrainingFault` when the child came to nothing.
    func check(_ end: ChildEnd.Status) throws {
        if let failure { throw TrainingFault(reason: failure.text ?? "", isFinal: failure.isFinal ?? false) }
        // Who ran somebody's program ends with its whole group.
        if ended != nil { return }
        guard end == .exit(0) else {
            let said = others.isEmpty ? "" : ": " + others.joined(separator: " | ")
            switch end {
            case .exit(let code): throw TrainingFault(reason: "the child process ended with code \(code)\(said)")
            case .signal(let number): throw TrainingFault(reason: "the child process died of signal \(number)\(said)")
            }
        }
    }
}

/// How a process ended, for one task that waits for it, cancelled or not.
private final class ChildEnd: Sendable {
    enum Status: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    private struct State {
        var status: Status?
        var waiter: CheckedContinuation<Status, Never>?
    }

    private let state = Mutex(State())

    func set(_ status: Status) {
        let waiter = state.withLock { state in
            state.status = status
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: status)
    }

    func wait() async -> Status {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiter = continuation }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }
}
