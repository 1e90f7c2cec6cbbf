import Hummingbird
import HummingbirdCore
import NIOCore
import Settings
import TaskAPICore

/// How much of a connection, and how many requests, a client may have.
struct HTTPLimits: Sendable {
    let connections: Int
    let headerBytes: Int
    let pace: RequestPace
    let writeLimit: Duration
    let quotas: [RateLimiter.Scope: RateQuota]
    let origins: OriginPolicy

    /// - Parameter checksHost: whether requests must name this machine by a name of its own, see `OriginPolicy`.
    init(reader: inout SettingsReader, checksHost: Bool) {
        connections = reader.integer(
            "HTTP_CONNECTIONS", default: 12_000, in: 1...200_000, unit: "connections",
            summary: "open connections at most; more wait to be accepted")
        headerBytes = reader.integer(
            "HTTP_HEADER_BYTES", default: 32_768, in: 1_024...1_048_576, unit: "bytes",
            summary: "most bytes of a request's headers, and of its first line")
        pace = RequestPace(
            allowance: reader.duration(
                "HTTP_REQUEST_TIMEOUT", default: .seconds(20), in: .milliseconds(100)...(.seconds(3_600)),
                summary: "how long a client may take to send a request, beside the time for its bytes"),
            bytesPerSecond: reader.integer(
                "HTTP_REQUEST_RATE", default: 8_192, in: 1...1_073_741_824, unit: "bytes/s",
                summary: "bytes of a request that earn the client another second to send it"))
        writeLimit = reader.duration(
            "HTTP_WRITE_TIMEOUT", default: .seconds(60), in: .milliseconds(100)...(.seconds(3_600)),
            summary: "how long a client may leave unread what it was sent, before its connection is ended")
        let window = reader.duration(
            "RATE_LIMIT_WINDOW", default: .seconds(60), in: .seconds(1)...(.seconds(86_400)),
            summary: "how long an empty quota takes to be full again")
        var quotas: [RateLimiter.Scope: RateQuota] = [:]
        for (scope, requests, whose) in [
            (RateLimiter.Scope.caller, 30_000, "one caller"), (.tenant, 60_000, "one tenant"),
        ] {
            let requests = reader.integer(
                "RATE_LIMIT_\(scope.rawValue.uppercased())", default: requests, in: 0...100_000_000, unit: "requests",
                summary: "requests of \(whose) in RATE_LIMIT_WINDOW, over all replicas; 0 sets no limit")
            if requests > 0 { quotas[scope] = RateQuota(name: scope.rawValue, requests: requests, window: window) }
        }
        self.quotas = quotas
        let list = reader.string(
            "HTTP_ORIGINS", default: "",
            summary:
                "origins of other sites' pages that may call the API, such as https://app.example.com, separated by commas"
        )
        do {
            origins = try OriginPolicy(list, checksHost: checksHost)
        } catch {
            reader.fault("HTTP_ORIGINS", "\(error)")
            origins = .none
        }
    }

    /// How a connection is set up.
    func connection(idleTimeout: Duration) -> HTTP1Channel.Configuration {
        let (pace, writeLimit) = (pace, writeLimit)
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionPace(pace, writeLimit: writeLimit)],
            idleTimeout: TimeAmount(idleTimeout),
            httpDecoderConfiguration: .init(maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes))
    }
}
