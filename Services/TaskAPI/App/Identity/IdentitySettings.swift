package import Settings

/// How callers are known.
package struct IdentitySettings: Sendable {
    package enum Mode: String, CaseIterable, Sendable {
        /// They aren't: what requests say of themselves is believed.
        case open
        case keys
        case oidc
        case both

        var takesKeys: Bool { self == .keys || self == .both }
        var takesTokens: Bool { self == .oidc || self == .both }
    }

    package var mode: Mode
    /// Whose tokens are taken.
    var tokens: TokenSettings
    /// How long a replica may go on with what it knows of a key: within that a revocation is seen everywhere.
    var keyLifetime: Duration
    /// Keys that a replica remembers, and as many hashes that are none.
    var keysRemembered: Int
    /// Valid keys of a tenant.
    var keysPerTenant: Int
    /// How often the time of the last use is written.
    var useInterval: Duration

    /// Whether callers are believed, and only this machine reaches the service.
    let isOpenHere: Bool

    /// - Parameter host: where the API is served.
    package init(reader: inout SettingsReader, host: String) {
        mode = reader.choice(
            "IDENTITY", default: .open,
            summary: "how callers are known: by API keys, by tokens of OIDC_ISSUER, by both; open: they are believed")
        let servesOpenly = reader.flag(
            "HTTP_OPEN", default: false,
            summary:
                "with IDENTITY=open, serve on an address that others reach: only behind something that asks who they are"
        )
        let published = reader.optionalString(
            "HTTP_PUBLISHED",
            summary:
                "address or address:port by which others reach the API where HTTP_HOST doesn't say it, such as a container's published port"
        )
        let reached = published.map(Self.host) ?? host
        isOpenHere = mode == .open && Self.isLoopback(reached)
        keyLifetime = reader.duration(
            "KEY_CACHE", default: .seconds(5), in: .zero ... .seconds(300),
            summary: "how long a replica goes on with what it knows of an API key, a revocation included")
        keysRemembered = reader.integer(
            "KEY_CACHE_SIZE", default: 10_000, in: 1...1_000_000, unit: "keys",
            summary: "API keys that a replica remembers, and as many that are none")
        keysPerTenant = reader.integer(
            "KEYS_PER_TENANT", default: 1_000, in: 1...100_000, unit: "keys", summary: "valid API keys of a tenant")
        useInterval = reader.duration(
            "KEY_USE_INTERVAL", default: .seconds(60), in: .milliseconds(100)...(.seconds(3_600)),
            summary: "how often a replica writes when API keys were last used")
        tokens = TokenSettings(reader: &reader, isNeeded: mode.takesTokens)
        if mode == .open, !isOpenHere, !servesOpenly {
            reader.fault(
                published == nil ? "HTTP_HOST" : "HTTP_PUBLISHED",
                """
                is \(published ?? host), which others reach, and IDENTITY is open: anybody could say they are anyone. Set \
                \(SettingsReader.prefix)IDENTITY=keys (the first key: triagectl keys create --direct), or serve on 127.0.0.1
                """)
        }
    }

    /// The address of `127.0.0.1:8080`, `[::1]:8080` or an address alone; a port alone is one of every address.
    private static func host(of published: String) -> String {
        if published.hasPrefix("[") { return String(published.dropFirst().prefix { $0 != "]" }) }
        let parts = published.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 1, parts[0].allSatisfy(\.isNumber) { return "" }
        return parts.count == 2 ? String(parts[0]) : published
    }

    /// Whether only this machine reaches the address.
    package static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
