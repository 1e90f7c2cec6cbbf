import Foundation
import Glibc
import Logging
import Observability

/// A log that ends in a pipe, so that a test reads what a process would print.
///
/// Unchecked: the descriptors never change; `read` is for one task at a time.
final class LogPipe: @unchecked Sendable {
    let sink: LogSink
    let logger: Logger
    private let reader: Int32
    private let writer: Int32
    private var pending: [UInt8] = []

    init(level: Logger.Level = .trace, capacityBytes: Int = 4 << 20) throws {
        // As `ServiceRunner` does: a reader that goes away must not end the process.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        (reader, writer) = (ends[0], ends[1])
        let sink = JSONLogHandler.makeSink(service: "task-api", descriptor: writer, capacityBytes: capacityBytes)
        self.sink = sink
        logger = Logger(label: "test") { _ in JSONLogHandler(service: "task-api", level: level, sink: sink) }
    }

    deinit {
        // The thread is let go before its descriptor: a writer that is stuck gets EPIPE from the closed reader.
        close(reader)
        sink.stop()
        sink.flush()
        close(writer)
    }

    /// The next line without its newline; nil when none comes within the limit.
    func line(limitMilliseconds: Int32 = 5_000) -> String? {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeSubrange(...end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            var ready = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, limitMilliseconds) > 0 else { return nil }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(reader, &chunk, chunk.count)
            guard count > 0 else { return nil }
            pending.append(contentsOf: chunk[..<count])
        }
    }

    /// The next line as JSON; an empty object when it isn't one.
    func record() throws -> [String: Any] {
        guard let line = line() else { return [:] }
        return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
}
