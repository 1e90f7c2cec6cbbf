package import Settings
package import TaskAPICore

/// How events go to other systems.
package struct WebhookSettings: Sendable {
    package var allowsHTTP: Bool
    package var allowsPrivate: Bool
    package var timeout: Duration
    package var schedule: WebhookSchedule
    /// After which an endpoint that fails is disabled.
    package var patience: Duration
    /// Requests to one endpoint at once, from this replica.
    package var concurrency: Int
    /// To all endpoints.
    package var totalConcurrency: Int
    /// How often it is looked for what is due.
    package var poll: Duration
    package var kept: Duration
    /// How long the secret before signs as well.
    package var overlap: Duration

    /// How long after an attempt's time-out its sender is held to be dead.
    package static let leaseMargin = Duration.seconds(30)

    package init(reader: inout SettingsReader) {
        allowsHTTP = reader.flag(
            "WEBHOOK_ALLOW_HTTP", default: false, summary: "whether webhooks may go to http addresses, unencrypted")
        allowsPrivate = reader.flag(
            "WEBHOOK_ALLOW_PRIVATE", default: false,
            summary: "whether webhooks may go to loopback, private, link-local and other addresses that aren't public")
        timeout = reader.duration(
            "WEBHOOK_TIMEOUT", default: .seconds(20), in: .seconds(1)...(.seconds(60)),
            summary: "how long an endpoint may take for one attempt, all in all")
        let text = reader.string(
            "WEBHOOK_SCHEDULE", default: WebhookSchedule.usual.text,
            summary: "waits before an attempt is made again, a fifth more or less; after the last one it is given up")
        if let schedule = WebhookSchedule(text) {
            self.schedule = schedule
        } else {
            reader.fault("WEBHOOK_SCHEDULE", "must be 1 to 30 waits such as 5s,5m,2h, each of 1s to 7d")
            schedule = .usual
        }
        patience = reader.duration(
            "WEBHOOK_PATIENCE", default: .seconds(5 * 86_400), in: .seconds(60)...(.seconds(30 * 86_400)),
            summary: "an endpoint where nothing has arrived for so long is disabled")
        concurrency = reader.integer(
            "WEBHOOK_CONCURRENCY", default: 4, in: 1...64, unit: "requests",
            summary: "requests to one endpoint at once, from each replica")
        totalConcurrency = reader.integer(
            "WEBHOOK_TOTAL_CONCURRENCY", default: 64, in: 1...1_000, unit: "requests",
            summary: "requests to all endpoints at once, from each replica")
        poll = reader.duration(
            "WEBHOOK_POLL", default: .seconds(1), in: .milliseconds(50)...(.seconds(60)),
            summary: "how often a replica looks for deliveries that are due")
        kept = reader.duration(
            "WEBHOOK_KEPT", default: .seconds(14 * 86_400), in: .seconds(86_400)...(.seconds(90 * 86_400)),
            summary: "how long deliveries are kept after their event, to be shown and sent again")
        overlap = reader.duration(
            "WEBHOOK_SECRET_OVERLAP", default: .seconds(86_400), in: .zero...(.seconds(7 * 86_400)),
            summary: "how long the secret before signs too after a new one was made")
    }
}
