import Contracts
import CurlHTTP

/// Reads a providers file; finds every fault before it gives up.
///
/// It is no `Codable`: that stops at the first fault, and says nothing of members it doesn't know.
package enum ProviderSettingsReader {
    /// The largest file that is read.
    package static let maximumBytes = 1 << 20

    /// The settings in the text of a providers file.
    package static func settings(_ bytes: [UInt8]) throws(ProviderSettingsError) -> ProvidersSettings {
        guard bytes.count <= maximumBytes else { throw fault("is larger than \(maximumBytes) bytes") }
        guard let value = StrictJSON.value(bytes) else {
            throw fault("is not one JSON value in which each member stands once")
        }
        let faults = SettingsFaults()
        let root = SettingsNode(value, at: "", known: ["providers", "fallbacks"], faults: faults)
        let providers = root.nodes("providers", count: 1...20, known: providerMembers).map(provider)
        findRepeated(providers.map(\.name), at: "/providers", faults)
        let fallbacks = fallbacks(root, faults)
        guard faults.list.isEmpty else { throw ProviderSettingsError(faults: faults.list) }
        return ProvidersSettings(providers: providers, fallbacks: fallbacks)
    }

    /// Whether the names are there, the ladder checks.
    private static func fallbacks(_ root: SettingsNode, _ faults: SettingsFaults) -> [String: [String]] {
        guard let value = root.value("fallbacks") else { return [:] }
        let names = (value.members ?? [:]).keys.sorted()
        let node = SettingsNode(value, at: "/fallbacks", known: names, faults: faults)
        return Dictionary(uniqueKeysWithValues: names.map { ($0, node.texts($0, count: 1...10)) })
    }

    private static func fault(_ reason: String) -> ProviderSettingsError {
        ProviderSettingsError(faults: [.init(pointer: "", reason: reason)])
    }

    private static let providerMembers = [
        "name", "kind", "base_url", "key_file", "token_file", "token_url", "allow_plain_http", "transport", "versions",
    ]

    private static func findRepeated(_ names: [String], at pointer: String, _ faults: SettingsFaults) {
        for (index, name) in names.enumerated() where !name.isEmpty && names[..<index].contains(name) {
            faults.add("\(pointer)/\(index)/name", "is \(name) once more; names must differ")
        }
    }

    private static func provider(_ node: SettingsNode) -> ProviderSettings {
        let kind: ProviderKind = node.choice("kind", default: nil) ?? .openai
        let isKindKnown = node.value("kind")?.stringValue.flatMap(ProviderKind.init) != nil
        let credential = credential(node, kind)
        let versions = node.nodes(
            "versions", count: 1...50, known: ProviderVersionReader.members(isKindKnown ? kind : nil)
        ).map { ProviderVersionReader.version($0, kind: kind) }
        findRepeated(versions.map(\.name), at: node.pointer + "/versions", node.faults)
        return ProviderSettings(
            name: node.name("name"), kind: kind,
            baseURL: baseURL(node, kind: kind, hasCredential: credential != .none, versions: versions),
            credential: credential, transport: TransportReader.configuration(node), versions: versions)
    }

    private static func credential(_ node: SettingsNode, _ kind: ProviderKind) -> ProviderCredential {
        let given = ["key_file", "token_file", "token_url"].filter(node.has)
        if given.count > 1 { node.fault(given[1], "must not stand beside \(given[0])") }
        switch given.first {
        case "token_url":
            guard let url = node.text("token_url", characters: 1...2_000) else { return .none }
            let parts = URLParts(url)
            let isAllowed = parts.map { $0.isSecure || $0.isNear } ?? false
            if !isAllowed { node.fault("token_url", "must be an https URL, or a metadata server's") }
            return .metadata(url: url)
        case let name?:
            guard let path = node.text(name, characters: 1...4_096) else { return .none }
            if !path.hasPrefix("/") { node.fault(name, "must be an absolute path") }
            return .file(path)
        case nil: return .none
        }
    }

    private static func baseURL(
        _ node: SettingsNode, kind: ProviderKind, hasCredential: Bool, versions: [ProviderVersionSettings]
    ) -> String {
        guard let text = node.text("base_url", isNeeded: kind != .vertex, characters: 1...2_000) else {
            guard kind == .vertex else { return "" }
            let locations = Set(versions.compactMap(\.vertexLocation))
            if locations.count > 1 { node.fault("base_url", "is needed, for the versions are in several locations") }
            return locations.first.map { "https://\($0)-aiplatform.googleapis.com" } ?? ""
        }
        guard let parts = URLParts(text) else {
            node.fault("base_url", "must be an http or https URL without user, query and fragment")
            return ""
        }
        let allowsPlain = node.flag("allow_plain_http", default: false)
        if !parts.isSecure, hasCredential, !parts.isLoopback, !allowsPlain {
            node.fault("base_url", "would send a secret without TLS; use https, or set allow_plain_http")
        }
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}

/// What a rule must know of a URL.
struct URLParts {
    let isSecure: Bool
    /// In lower case, without the port; of IPv6 with its brackets.
    let host: String

    /// Nil for anything but a plain `http` or `https` URL with a host.
    init?(_ text: String) {
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else { return nil }
        isSecure = scheme == "https://"
        let rest = lower.dropFirst(scheme.count)
        guard !rest.utf8.contains(where: { "@?#\\ ".utf8.contains($0) }) else { return nil }
        let authority = rest.prefix { $0 != "/" }
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = String(authority[...end])
        } else {
            host = String(authority.prefix { $0 != ":" })
        }
        let port = authority.dropFirst(host.count)
        guard !host.isEmpty, port.isEmpty || (port.first == ":" && (1...65_535).contains(Int(port.dropFirst()) ?? 0))
        else { return nil }
    }

    /// This machine, or the metadata server of its cloud, which is reached without TLS.
    var isNear: Bool { isLoopback || host == "metadata.google.internal" || host == "169.254.169.254" }

    var isLoopback: Bool { host == "localhost" || host == "[::1]" || Self.isOf127(host) }

    /// An address of the block, not a name that begins like one.
    private static func isOf127(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension ProviderVersionSettings {
    fileprivate var vertexLocation: String? {
        guard case .vertex(let options) = options else { return nil }
        return options.location
    }
}
