import CurlHTTP

/// Reads how a provider is reached: limits, trust and proxy.
enum TransportReader {
    private enum Versions: String, CaseIterable {
        case automatic
        case http1
    }

    private static let members = [
        "connect_timeout", "tls_timeout", "first_byte_timeout", "idle_timeout", "maximum_connections",
        "maximum_response_bytes", "ca_file", "proxy", "http",
    ]

    static func configuration(_ provider: SettingsNode) -> HTTPClientConfiguration {
        let node = provider.node("transport", known: members)
        var configuration = HTTPClientConfiguration()
        let short = Duration.milliseconds(10)...(.seconds(60))
        let long = Duration.milliseconds(10)...(.seconds(600))
        configuration.connectTimeout = node.duration("connect_timeout", default: .seconds(5), in: short)
        configuration.tlsTimeout = node.duration("tls_timeout", default: .seconds(5), in: short)
        configuration.firstByteTimeout = node.duration("first_byte_timeout", default: .seconds(30), in: long)
        configuration.idleTimeout = node.duration("idle_timeout", default: .seconds(15), in: long)
        let connections = node.integer("maximum_connections", default: 16, in: 1...256)
        configuration.maximumConnectionsPerHost = connections
        configuration.maximumConnections = connections
        let bytes = node.integer("maximum_response_bytes", default: 8 << 20, in: 1_024...(64 << 20))
        configuration.maximumResponseBytes = bytes
        configuration.maximumStreamBytes = bytes
        configuration.maximumHeaderBytes = 64 << 10
        configuration.caFile = node.text("ca_file", characters: 1...4_096)
        if let file = configuration.caFile, !file.hasPrefix("/") { node.fault("ca_file", "must be an absolute path") }
        configuration.proxy = proxy(node)
        let versions = node.choice("http", default: Versions.automatic)
        configuration.versions = versions == .http1 ? .http1 : .automatic
        // A call may have been paid for: only the ladder decides on another.
        configuration.resendsOnLostConnection = false
        return configuration
    }

    private static func proxy(_ node: SettingsNode) -> HTTPProxy {
        switch node.text("proxy", characters: 1...2_000) {
        case nil, "none": return .none
        case "environment": return .environment
        case .some(let url):
            if URLParts(url) == nil { node.fault("proxy", "must be none, environment or an http or https URL") }
            return .url(url)
        }
    }
}
