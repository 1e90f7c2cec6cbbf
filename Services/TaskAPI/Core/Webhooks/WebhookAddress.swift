/// Where webhooks may go, as far as the address itself tells; where its name leads is looked at with each connection.
package enum WebhookAddress {
    package static let characters = 1...2_000

    /// What is wrong with a URL, to follow its name; nil when nothing is.
    /// - Parameters:
    ///   - allowsHTTP: whether it need not be `https`.
    ///   - allowsPrivate: whether it may lead into our own networks.
    package static func fault(in url: String, allowsHTTP: Bool, allowsPrivate: Bool) -> String? {
        guard characters.contains(url.utf8.count), url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return "must be 1 to \(characters.upperBound) visible ASCII characters"
        }
        let lower = url.lowercased()
        let scheme = lower.hasPrefix("https://") ? "https" : lower.hasPrefix("http://") ? "http" : nil
        guard let scheme else { return "must begin with https://" }
        guard scheme == "https" || allowsHTTP else { return "must be https" }
        let rest = url.dropFirst(scheme.count + 3)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !rest.contains("#") else { return "must not have a fragment" }
        guard !authority.contains("@") else { return "must not hold a user or a password" }
        guard !authority.contains("\\"), let host = host(of: authority) else {
            return "has no host and port that can be read"
        }
        if allowsPrivate { return nil }
        if let address = NetworkAddress(host), let special = address.special {
            return "leads to a \(special) address"
        }
        // With the root's dot a name is the same name.
        let name = host.lowercased().hasSuffix(".") ? String(host.lowercased().dropLast()) : host.lowercased()
        let isLocal =
            name == "localhost" || name.hasSuffix(".localhost") || name.hasSuffix(".local")
            || name.hasSuffix(".internal") || !name.contains(".") && !name.contains(":")
        return isLocal ? "leads into a network of our own" : nil
    }

    /// The host without port and brackets; nil where there is none.
    private static func host(of authority: Substring) -> String? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            guard NetworkAddress(host)?.bytes.count == 16, isPort(authority[authority.index(after: end)...]) else {
                return nil
            }
            return host
        }
        let host = authority.prefix { $0 != ":" }
        guard !host.isEmpty, host.utf8.count <= 253, isPort(authority[host.endIndex...]),
            host.utf8.allSatisfy({ byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            })
        else { return nil }
        // `2130706433`, `0x7f.1` and `127.1` are addresses to some: only four plain parts are one, or a name.
        let last = host.split(separator: ".").last ?? "0"
        let isNumber = last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.lowercased().hasPrefix("0x")
        return isNumber && NetworkAddress(String(host)) == nil ? nil : String(host)
    }

    private static func isPort(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        guard text.first == ":", let port = Int(text.dropFirst()) else { return false }
        return (1...65_535).contains(port) && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
