package import Settings
package import TaskAPICore

/// What task-api needs to know beyond what every service does.
package struct TaskAPISettings: Sendable {
    package var host: String
    package var port: Int
    package var createBatch: Int
    package var pendingCreates: Int
    package var streamLimit: Int
    package var streamCallerLimit: Int
    package var streamReplay: Int
    package var idleTimeout: Duration
    var answersKept: Duration
    var limits: HTTPLimits
    var replays = ReplayStore.Limits()
    /// What keeps secrets of others.
    package var secrets: SecretBox
    package var intake: IntakeSettings
    package var webhooks: WebhookSettings
    /// From whom suggestions are held back.
    package var holdBack: HoldBack
    /// How callers are known.
    package var identity: IdentitySettings

    package init(reader: inout SettingsReader) {
        host = reader.string(
            "HTTP_HOST", default: "127.0.0.1", summary: "address to serve on; a loopback one while IDENTITY is open")
        port = reader.integer("HTTP_PORT", default: 8_080, in: 0...65_535, unit: "port", summary: "port to serve on")
        identity = IdentitySettings(reader: &reader, host: host)
        createBatch = reader.integer(
            "CREATE_BATCH", default: 500, in: 1...5_000, unit: "tasks", summary: "most tasks in one statement")
        pendingCreates = reader.integer(
            "CREATE_PENDING", default: 20_000, in: 1...1_000_000, unit: "tasks",
            summary: "tasks that may wait to be stored before creates are refused")
        streamLimit = reader.integer(
            "STREAM_LIMIT", default: 10_000, in: 1...100_000, unit: "streams", summary: "open event streams at most")
        streamCallerLimit = reader.integer(
            "STREAM_CALLER_LIMIT", default: 200, in: 1...100_000, unit: "streams",
            summary: "open event streams of one caller at most")
        streamReplay = reader.integer(
            "STREAM_REPLAY", default: 1_000, in: 20...100_000, unit: "events",
            summary: "latest events that a stream that resumes is told again; after more of them it is told to reset")
        replays.chunkBytes = reader.integer(
            "REPLAY_CHUNK_BYTES", default: replays.chunkBytes, in: 4_096...1_048_576, unit: "bytes",
            summary: "most text in one event of a replay; a longer task is one of its own")
        replays.window = reader.integer(
            "REPLAY_WINDOW", default: replays.window, in: 1...100, unit: "events",
            summary: "events of a replay that wait for their answers, at most")
        holdBack = HoldBack(reader: &reader)
        secrets = SecretBox(reader: &reader)
        intake = IntakeSettings(reader: &reader)
        webhooks = WebhookSettings(reader: &reader)
        answersKept = reader.duration(
            "IDEMPOTENCY_TTL", default: .seconds(86_400), in: .seconds(60)...(.seconds(604_800)),
            summary: "how long the answer to a request with an Idempotency-Key is kept, to be given again")
        idleTimeout = reader.duration(
            "HTTP_IDLE_TIMEOUT", default: .seconds(75), in: .seconds(1)...(.seconds(3_600)),
            summary: "how long a connection may say nothing, between requests or within one; streams may")
        limits = HTTPLimits(reader: &reader, checksHost: identity.isOpenHere)
    }
}
