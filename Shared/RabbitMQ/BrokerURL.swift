extension BrokerConfiguration {
    /// Reads `amqp(s)://user:password@host:port,host:port/virtual%2Fhost?heartbeat=10&cacertfile=/etc/ca.pem`.
    ///
    /// Parts that are left out keep their defaults; `amqps` turns TLS on. The query follows RabbitMQ's URI query
    /// parameters: `heartbeat` (seconds), `connection_timeout` (milliseconds), `cacertfile`, `certfile`, `keyfile`,
    /// `verify` (`verify_peer` or `verify_none`).
    /// - Throws: `invalidURL`; the reason never repeats the credentials.
    package init(url: String) throws(BrokerError) {
        self.init()
        let isSecure: Bool
        var rest: Substring
        if url.hasPrefix("amqp://") {
            (isSecure, rest) = (false, url.dropFirst("amqp://".count))
        } else if url.hasPrefix("amqps://") {
            (isSecure, rest) = (true, url.dropFirst("amqps://".count))
        } else {
            throw BrokerError(.invalidURL, reason: "an AMQP URL starts with amqp:// or amqps://")
        }
        if isSecure { tls = BrokerTLS() }
        if rest.contains("#") { throw BrokerError(.invalidURL, reason: "a # must be written as %23") }
        if let mark = rest.firstIndex(of: "?") {
            try applyQuery(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            if path.contains("/") {
                throw BrokerError(.invalidURL, reason: "a / in the virtual host must be written as %2F")
            }
            // "…/" alone means the default host too: nobody wants the host with the empty name.
            if !path.isEmpty { virtualHost = try percentDecoded(path, part: "virtual host") }
            rest = rest[..<slash]
        }
        if let at = rest.lastIndex(of: "@") {
            try applyCredentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        endpoints = []
        for host in rest.split(separator: ",", omittingEmptySubsequences: false) {
            endpoints.append(try endpoint(host, defaultPort: isSecure ? 5671 : 5672))
        }
        if let tls, (tls.certificateFile == nil) != (tls.keyFile == nil) {
            throw BrokerError(.invalidURL, reason: "certfile and keyfile go together")
        }
    }

    private mutating func applyCredentials(_ text: Substring) throws(BrokerError) {
        let colon = text.firstIndex(of: ":")
        username = try percentDecoded(text[..<(colon ?? text.endIndex)], part: "user name")
        if username.isEmpty { throw BrokerError(.invalidURL, reason: "the user name is empty") }
        if let colon { password = try percentDecoded(text[text.index(after: colon)...], part: "password") }
    }

    private mutating func applyQuery(_ query: Substring) throws(BrokerError) {
        for pair in query.split(separator: "&") {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            let name = String(pair[..<equals])
            let value =
                equals == pair.endIndex ? "" : try percentDecoded(pair[pair.index(after: equals)...], part: name)
            switch name {
            case "heartbeat":
                guard let seconds = UInt16(value), seconds > 0 else {
                    throw BrokerError(.invalidURL, reason: "heartbeat is 1 to 65535 seconds")
                }
                heartbeatSeconds = seconds
            case "connection_timeout":
                guard let milliseconds = UInt32(value), milliseconds > 0 else {
                    throw BrokerError(.invalidURL, reason: "connection_timeout is a number of milliseconds above 0")
                }
                connectTimeout = .milliseconds(milliseconds)
            case "cacertfile", "certfile", "keyfile", "verify": try applyTLS(name, value)
            default: throw BrokerError(.invalidURL, reason: "unknown parameter \(name)")
            }
        }
    }

    private mutating func applyTLS(_ name: String, _ value: String) throws(BrokerError) {
        guard tls != nil else { throw BrokerError(.invalidURL, reason: "\(name) needs amqps://") }
        if value.isEmpty { throw BrokerError(.invalidURL, reason: "\(name) is empty") }
        switch (name, value) {
        case ("cacertfile", _): tls?.caFile = value
        case ("certfile", _): tls?.certificateFile = value
        case ("keyfile", _): tls?.keyFile = value
        case ("verify", "verify_peer"): tls?.verifyPeer = true
        case ("verify", "verify_none"):
            tls?.verifyPeer = false
            tls?.verifyHostname = false
        default: throw BrokerError(.invalidURL, reason: "verify is verify_peer or verify_none")
        }
    }
}

private func endpoint(_ text: Substring, defaultPort: Int) throws(BrokerError) -> BrokerEndpoint {
    var host = text
    var portText: Substring?
    if text.hasPrefix("[") {
        guard let end = text.firstIndex(of: "]") else {
            throw BrokerError(.invalidURL, reason: "an IPv6 address ends with ]")
        }
        host = text[text.index(after: text.startIndex)..<end]
        let rest = text[text.index(after: end)...]
        guard rest.isEmpty || rest.hasPrefix(":") else {
            throw BrokerError(.invalidURL, reason: "only a port follows an IPv6 address")
        }
        if !rest.isEmpty { portText = rest.dropFirst() }
    } else if let colon = text.firstIndex(of: ":") {
        host = text[..<colon]
        portText = text[text.index(after: colon)...]
    }
    let name = try percentDecoded(host, part: "host")
    if name.isEmpty { throw BrokerError(.invalidURL, reason: "a host is empty") }
    guard let portText else { return BrokerEndpoint(host: name, port: defaultPort) }
    guard let port = UInt16(portText), port > 0 else {
        throw BrokerError(.invalidURL, reason: "the port of \(name) is not a number from 1 to 65535")
    }
    return BrokerEndpoint(host: name, port: Int(port))
}

private func percentDecoded(_ text: Substring, part: String) throws(BrokerError) -> String {
    var bytes: [UInt8] = []
    var source = text.utf8.makeIterator()
    while let byte = source.next() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = source.next().flatMap(hexDigit), let low = source.next().flatMap(hexDigit) else {
            throw BrokerError(.invalidURL, reason: "a % in the \(part) is not followed by two hex digits")
        }
        bytes.append(high << 4 | low)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self), !decoded.utf8.contains(0) else {
        throw BrokerError(.invalidURL, reason: "the \(part) is not UTF-8 text")
    }
    return decoded
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
