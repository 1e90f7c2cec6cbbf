package import Contracts
import Glibc
package import Logging
import Synchronization

/// The process's log: JSON lines on one descriptor.
package enum LogSystem {
    private static let sink = Mutex<LogSink?>(nil)

    /// Makes every `Logger` of the process write JSON lines. Call once, before any logger is made.
    package static func bootstrap(
        service: ServiceName, level: Logger.Level, output descriptor: Int32 = STDOUT_FILENO
    ) {
        let name = service.rawValue
        let made = JSONLogHandler.makeSink(service: name, descriptor: descriptor)
        sink.withLock { $0 = made }
        LoggingSystem.bootstrap { _ in JSONLogHandler(service: name, level: level, sink: made) }
    }

    /// Waits until everything logged so far is written, for two seconds at most. Call before the process exits.
    package static func flush() { sink.withLock { $0 }?.flush() }
}

extension Logger {
    /// Logs one step of a story, with the keys that tie its lines together across the services.
    ///
    /// Nothing is made when the level is off.
    /// - Parameter message: a constant text; data goes into `more`.
    package func event(
        _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message, story: Story, taskID: Identifier? = nil,
        eventID: Identifier? = nil, eventType: EventType? = nil, error: (any Error)? = nil,
        more: @autoclosure () -> Logger.Metadata = [:], file: String = #fileID, function: String = #function,
        line: UInt = #line
    ) {
        guard logLevel <= level else { return }
        var metadata = more()
        // One allocation in place of four.
        metadata.reserveCapacity(metadata.count + 8)
        metadata["correlation_id"] = .string(story.correlationID)
        if let causationID = story.causationID { metadata["causation_id"] = .string(causationID) }
        metadata["trace_id"] = .string(story.trace.traceID)
        metadata["span_id"] = .string(story.trace.spanID)
        if let taskID { metadata["task_id"] = .string(taskID.description) }
        if let eventID { metadata["event_id"] = .string(eventID.description) }
        if let eventType { metadata["event_type"] = .string(eventType.rawValue) }
        if let error, metadata["error"] == nil { metadata["error"] = .string("\(error)") }
        log(
            level: level, message(), metadata: metadata, source: nil, file: file, function: function, line: line)
    }
}
