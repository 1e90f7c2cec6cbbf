import Contracts
package import Logging

/// Writes each log record as one line of JSON, assembled straight into the sink's buffer.
package struct JSONLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let sink: LogSink
    /// `,"service":"…","version":"…"`, the same on every line.
    private let constants: [UInt8]

    package init(service: String, level: Logger.Level, sink: LogSink) {
        logLevel = level
        self.sink = sink
        constants = Self.constants(service: service)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = LogField.collect(
            own: metadata, provided: metadataProvider?.get(), given: event.metadata, error: event.error)
        let message = event.message.description
        let level = event.level
        sink.append(isUrgent: level >= .warning) { bytes in
            Self.assemble(level: level, message: message, constants: constants, fields: fields, into: &bytes)
        }
    }

    /// Starts a sink whose own reports carry the service's name.
    package static func makeSink(service: String, descriptor: Int32, capacityBytes: Int = 4 << 20) -> LogSink {
        let constants = Self.constants(service: service)
        let sink = LogSink(descriptor: descriptor, capacityBytes: capacityBytes) { count, bytes in
            let fields = [LogField(rank: LogField.otherRank, key: "dropped_lines", value: .string("\(count)"))]
            assemble(
                level: .warning, message: "log lines dropped: the reader is too slow", constants: constants,
                fields: fields, into: &bytes)
        }
        sink.start()
        return sink
    }

    private static func constants(service: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendMember("service", service)
        bytes.appendMember("version", BuildInfo.version)
        return bytes
    }

    private static func assemble(
        level: Logger.Level, message: String, constants: [UInt8], fields: [LogField], into bytes: inout [UInt8]
    ) {
        bytes.append(literal: "{\"timestamp\":\"")
        EventTime.now.append(to: &bytes)
        bytes.append(literal: "\",\"level\":\"")
        bytes.append(literal: level.literal)
        bytes.append(literal: "\",\"message\":")
        bytes.append(quoted: message)
        bytes.append(contentsOf: constants)
        for field in fields { field.append(to: &bytes) }
        bytes.append(literal: "}\n")
    }
}

extension Logger.Level {
    fileprivate var literal: StaticString {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
