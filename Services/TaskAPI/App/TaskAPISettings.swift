package import Settings

/// What task-api needs to know beyond what every service does.
package struct TaskAPISettings: Sendable {
    package var host: String
    package var port: Int
    package var createBatch: Int
    package var pendingCreates: Int
    package var streamLimit: Int
    package var streamReplay: Int
    package var idleTimeout: Duration

    package init(reader: inout SettingsReader) {
        host = reader.string(
            "HTTP_HOST", default: "127.0.0.1", summary: "address to serve on; loopback until identity is configured")
        port = reader.integer("HTTP_PORT", default: 8_080, in: 0...65_535, unit: "port", summary: "port to serve on")
        createBatch = reader.integer(
            "CREATE_BATCH", default: 500, in: 1...5_000, unit: "tasks", summary: "most tasks in one statement")
        pendingCreates = reader.integer(
            "CREATE_PENDING", default: 20_000, in: 1...1_000_000, unit: "tasks",
            summary: "tasks that may wait to be stored before creates are refused")
        streamLimit = reader.integer(
            "STREAM_LIMIT", default: 2_000, in: 1...100_000, unit: "streams", summary: "open event streams at most")
        streamReplay = reader.integer(
            "STREAM_REPLAY", default: 1_000, in: 20...100_000, unit: "events",
            summary: "latest events that a stream that resumes is told again; after more of them it is told to reset")
        idleTimeout = reader.duration(
            "HTTP_IDLE_TIMEOUT", default: .seconds(75), in: .seconds(1)...(.seconds(3_600)),
            summary: "how long a connection may say nothing, between requests or within one; streams may")
    }
}
