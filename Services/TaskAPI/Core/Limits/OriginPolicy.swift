/// Which web pages may call the API from a browser (Fetch, "CORS protocol"; RFC 6454).
///
/// A page from elsewhere can make a browser send requests here that it can't read the answers of; such a request still
/// takes effect, so that one that changes something is refused unless its origin is allowed.
package struct OriginPolicy: Hashable, Sendable {
    /// What is to be made of a request.
    package enum Verdict: Hashable, Sendable {
        /// No page sent it, or one of ours.
        case own
        /// A page that may call, of this origin.
        case allowed(String)
        /// A page that may not.
        case foreign
        /// To an address that isn't ours: another name was made to point to this machine (DNS rebinding).
        case misdirected
    }

    /// Why a text is no origin.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    private let origins: Set<String>
    /// The names that the origins call this or another machine by.
    private let hosts: Set<String>
    private let checksHost: Bool

    /// No page of another origin may call.
    package static let none = OriginPolicy()

    private init() {
        (origins, hosts) = ([], [])
        checksHost = false
    }

    /// - Parameters:
    ///   - list: origins such as `https://app.example.com`, separated by commas.
    ///   - checksHost: whether a request must name this machine by an address, as `localhost` or as the host of an origin
    ///     of the list: while nobody is asked who they are, a name that somebody else chose must not do.
    package init(_ list: String, checksHost: Bool) throws(Fault) {
        var (origins, hosts): (Set<String>, Set<String>) = ([], [])
        for part in list.split(separator: ",") {
            let text = part.drop { $0 == " " }.lowercased()
            let origin = String(text.reversed().drop { $0 == " " || $0 == "/" }.reversed())
            guard let host = Self.authority(of: origin), !host.isEmpty, !host.contains("/"), !host.contains("*") else {
                throw Fault(description: "\(part) is no origin such as https://app.example.com")
            }
            origins.insert(origin)
            hosts.insert(Self.name(of: host))
        }
        self.origins = origins
        self.hosts = hosts
        self.checksHost = checksHost
    }

    /// - Parameters:
    ///   - origin: the header `Origin`.
    ///   - host: the header `Host`, which a browser always sends and no page can choose.
    ///   - forwardedHost: the header `X-Forwarded-Host` of a proxy; a page elsewhere can't set it without asking first.
    package func verdict(origin: String?, host: String?, forwardedHost: String?) -> Verdict {
        let host = host?.lowercased()
        if checksHost, let host, !isOurs(host) { return .misdirected }
        guard let origin = origin?.lowercased() else { return .own }
        if let own = Self.authority(of: origin), own == host || own == forwardedHost?.lowercased() { return .own }
        return origins.contains(origin) ? .allowed(origin) : .foreign
    }

    private func isOurs(_ authority: String) -> Bool {
        let name = Self.name(of: authority)
        return name == "localhost" || name.hasSuffix(".localhost") || Self.isAddress(name) || hosts.contains(name)
    }

    /// `app.example.com:8443` of `https://app.example.com:8443`; nil for anything else.
    private static func authority(of origin: String) -> String? {
        for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
            return String(origin.dropFirst(scheme.count))
        }
        return nil
    }

    /// Without the port.
    private static func name(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
        return String(authority.prefix { $0 != ":" })
    }

    /// Whether it is an IPv4 or an IPv6 address, which no name service answers for.
    private static func isAddress(_ name: String) -> Bool {
        if name.hasPrefix("[") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
