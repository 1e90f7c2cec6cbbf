package import Settings

/// Bounds of what other systems send.
package struct IntakeSettings: Sendable {
    /// Of one delivery.
    package var bodyBytes: Int
    /// Deliveries whose bodies are in memory at once.
    package var concurrency: Int
    /// How long what came is remembered.
    package var kept: Duration

    /// What GitHub sends at most.
    package static let maximumBodyBytes = 25 << 20

    package init(reader: inout SettingsReader) {
        bodyBytes = reader.integer(
            "INTAKE_BODY_BYTES", default: 5 << 20, in: 4_096...Self.maximumBodyBytes, unit: "bytes",
            summary: "largest webhook of another system that is read")
        concurrency = reader.integer(
            "INTAKE_CONCURRENCY", default: 32, in: 1...1_000, unit: "requests",
            summary: "webhooks of other systems that are read at once; as many again wait")
        kept = reader.duration(
            "INTAKE_KEPT", default: .seconds(30 * 86_400), in: .seconds(86_400)...(.seconds(365 * 86_400)),
            summary: "how long deliveries of other systems are remembered, to know them again and to show them")
    }
}
