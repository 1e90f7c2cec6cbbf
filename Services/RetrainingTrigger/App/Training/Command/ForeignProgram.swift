import Contracts
import Foundation
import Glibc
import RetrainingTriggerCore
import Synchronization

/// What the child process does that stands between the service and somebody's program: it starts the program, passes
/// its progress on, says how it ended, and never lets anything of it outlive the service.
///
/// All of them are one process group, of which this process is the leader. It ends the group, itself included, when the
/// program has ended and when the service is gone. What a program starts in a session of its own is out of reach.
enum ForeignProgram {
    /// Least time between two lines of progress that are passed on.
    private static let progressPause = Duration.seconds(1)
    /// How long to wait for the rest of the output when the program has ended but something of it still writes.
    private static let drainMilliseconds = 500

    /// Runs the program with this process's environment.
    /// - Parameter say: writes a line to the service.
    static func run(_ words: [String], say: @escaping @Sendable (ChildMessage) -> Void) throws -> Never {
        if getpgrp() != getpid() { setpgid(0, 0) }
        watchParent()
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw TrainingFault(reason: "no pipe: errno \(errno)") }
        // The program gets its own three, and nothing else that happens to be open here.
        for descriptor in Int32(3)..<1_024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let program = try spawn(words, output: ends[1])
        close(ends[1])
        let output = ProgramOutput()
        let drained = DispatchSemaphore(value: 0)
        let descriptor = ends[0]
        Thread.detachNewThread {
            drain(descriptor, into: output, say)
            drained.signal()
        }
        var status: Int32 = 0
        while waitpid(program, &status, 0) < 0, errno == EINTR {}
        _ = drained.wait(timeout: .now() + .milliseconds(drainMilliseconds))
        say(end(status, said: output.tail.withLock { $0.text }))
        endGroup()
    }

    private static func end(_ status: Int32, said: String) -> ChildMessage {
        let signal = status & 0x7f
        return signal == 0
            ? ChildMessage(kind: .ended, text: said, code: (status >> 8) & 0xff)
            : ChildMessage(kind: .ended, text: said, signal: signal)
    }

    private static func spawn(_ words: [String], output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var program: pid_t = 0
        let fault = posix_spawn(&program, words[0], &actions, nil, arguments, environ)
        guard fault == 0 else {
            throw TrainingFault(reason: "\(words[0]) can't be started: \(String(cString: strerror(fault)))")
        }
        return program
    }

    /// Reads until the last writer is gone.
    private static func drain(
        _ descriptor: Int32, into output: ProgramOutput, _ say: (ChildMessage) -> Void
    ) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var last: ContinuousClock.Instant?
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            output.tail.withLock { tail in
                tail.append(buffer[..<count]) { line in
                    guard last.map({ .now - $0 >= progressPause }) ?? true,
                        let progress = ProgramProgress(line)
                    else { return }
                    last = .now
                    say(ChildMessage(kind: .progress, text: progress.stage ?? "", fraction: progress.progress))
                }
            }
        }
    }

    /// The service writes nothing: its end closes our input.
    private static func watchParent() {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR {}
            endGroup()
        }
    }

    private static func endGroup() -> Never {
        kill(0, SIGKILL)
        _exit(75)
    }
}

/// What the program has written so far.
private final class ProgramOutput: Sendable {
    let tail = Mutex(OutputTail())
}

/// A line of a program's output that says how far it is: `{"progress": 0.4, "stage": "epoch 3"}`.
private struct ProgramProgress: Decodable {
    let progress: Double
    let stage: String?

    init?(_ line: [UInt8]) {
        guard line.starts(with: Array(#"{"progress""#.utf8)),
            // Whatever else begins like that is a line like others.
            let found = try? ContractJSON.decode(Self.self, from: line), (0...1).contains(found.progress)
        else { return nil }
        self = found
    }
}
