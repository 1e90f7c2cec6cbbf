import Contracts
package import CurlHTTP

/// Asks an issuer for its keys (OpenID Connect Discovery 1.0, 4).
struct IssuerClient: Sendable {
    /// Why there are no keys.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// A document that is larger is none of an issuer.
    static let maximumBytes = 512 << 10

    let issuer: String
    let http: HTTPClient
    let deadline: Duration

    func keys() async throws -> JSONWebKeySet {
        var base = issuer
        while base.hasSuffix("/") { base.removeLast() }
        let bytes = try await get(base + "/.well-known/openid-configuration")
        guard let document = try? ContractJSON.decode(JSONValue.self, from: bytes) else {  // no JSON: the fault says so
            throw Fault(description: "the discovery document is no JSON")
        }
        // Else whoever answers there could speak for another issuer (4.3).
        guard document["issuer"]?.stringValue == issuer else {
            throw Fault(description: "the discovery document is of another issuer")
        }
        guard let address = document["jwks_uri"]?.stringValue, IssuerAddress.isTaken(address) else {
            throw Fault(description: "the discovery document has no jwks_uri that is taken")
        }
        guard let keys = JSONWebKeySet(try await get(address)) else {
            throw Fault(description: "jwks_uri has no set of keys")
        }
        return keys
    }

    private func get(_ url: String) async throws -> [UInt8] {
        let request = HTTPRequest(url: url, headers: [HTTPHeader("Accept", "application/json")])
        let answer = try await http.execute(request, deadline: deadline)
        guard answer.status == 200 else { throw Fault(description: "the issuer answered \(answer.status)") }
        return answer.body
    }
}

/// Addresses that an issuer may have.
package enum IssuerAddress {
    /// Whether nobody on the way can change the answer: over TLS, or not beyond this machine.
    package static func isTaken(_ url: String) -> Bool {
        if url.hasPrefix("https://"), url.utf8.count > 8 { return true }
        return ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { local in
            guard url.hasPrefix(local) else { return false }
            let next = url.dropFirst(local.count).first
            return next == nil || next == ":" || next == "/"
        }
    }
}

extension HTTPClientConfiguration {
    /// Of a client that asks an issuer.
    package static var issuer: HTTPClientConfiguration {
        var configuration = HTTPClientConfiguration()
        configuration.maximumResponseBytes = IssuerClient.maximumBytes
        configuration.maximumHeaderBytes = 64 << 10
        configuration.maximumConnections = 4
        configuration.userAgent = "triageloop-task-api"
        return configuration
    }
}
