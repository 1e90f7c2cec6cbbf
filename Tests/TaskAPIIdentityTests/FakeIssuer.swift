import Contracts
import Crypto
import CryptoExtras
import CurlHTTP
import FaultServer
import Foundation
import Logging
import Synchronization
import TaskAPICore
import TaskAPIIdentity

/// An OpenID Connect issuer on this machine: two addresses, and keys that the test changes.
final class FakeIssuer: Sendable {
    private struct State {
        var keys: [IssuerKey] = []
        var claimedIssuer: String?
        var isDown = false
        var requests = 0
    }

    private let state = Mutex(State())
    private let server = Mutex<LocalServer?>(nil)
    let url: String

    init(_ keys: [IssuerKey]) throws {
        let handler = Handler()
        let server = try LocalServer { request, connection in handler.serve(request, connection) }
        url = "http://127.0.0.1:\(server.port)"
        self.server.withLock { $0 = server }
        state.withLock { $0.keys = keys }
        handler.issuer.withLock { $0 = self }
    }

    /// Stands between the server, which is there first, and the issuer.
    private final class Handler: Sendable {
        let issuer = Mutex<FakeIssuer?>(nil)

        func serve(_ request: LocalServer.Request, _ connection: LocalServer.Connection) {
            guard let issuer = issuer.withLock({ $0 }) else { return connection.drop() }
            issuer.answer(request, connection)
        }
    }

    var requests: Int { state.withLock { $0.requests } }
    func publish(_ keys: [IssuerKey]) { state.withLock { $0.keys = keys } }
    func claim(_ issuer: String) { state.withLock { $0.claimedIssuer = issuer } }
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    private func answer(_ request: LocalServer.Request, _ connection: LocalServer.Connection) {
        let now = state.withLock { state in
            state.requests += 1
            return state
        }
        guard !now.isDown else { return connection.answer(status: 500, body: "down") }
        switch request.target {
        case "/.well-known/openid-configuration":
            let document: JSONValue = [
                "issuer": .string(now.claimedIssuer ?? url), "jwks_uri": .string(url + "/jwks"),
            ]
            connection.answer(headers: ["Content-Type: application/json"], body: document.text())
        case "/jwks":
            let set: JSONValue = ["keys": .array(now.keys.map(\.published))]
            connection.answer(headers: ["Content-Type: application/json"], body: set.text())
        default: connection.answer(status: 404, body: "")
        }
    }
}

/// A key of an issuer, and tokens signed with it.
struct IssuerKey: Sendable {
    enum Pair: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    let id: String
    let pair: Pair
    /// What the set says of it, such as the only algorithm that it is for.
    var marks: [String: JSONValue] = [:]

    static func rsa(_ id: String) throws -> IssuerKey {
        IssuerKey(id: id, pair: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)))
    }

    /// As a member of the key set.
    var published: JSONValue {
        var members: [String: JSONValue] = ["kid": .string(id), "use": "sig"]
        switch pair {
        case .rsa(let key):
            // The key is a whole one: it has its numbers.
            let numbers = try? key.publicKey.getKeyPrimitives()
            members["kty"] = "RSA"
            members["n"] = .string(base64URL(Array(numbers?.modulus ?? Data())))
            members["e"] = .string(base64URL(Array(numbers?.publicExponent ?? Data())))
        case .p256(let key):
            let point = Array(key.publicKey.rawRepresentation)
            members["kty"] = "EC"
            members["crv"] = "P-256"
            members["x"] = .string(base64URL(Array(point[..<32])))
            members["y"] = .string(base64URL(Array(point[32...])))
        case .ed25519(let key):
            members["kty"] = "OKP"
            members["crv"] = "Ed25519"
            members["x"] = .string(base64URL(Array(key.publicKey.rawRepresentation)))
        }
        return .object(members.merging(marks) { $1 })
    }

    private var algorithm: String {
        switch pair {
        case .rsa: "RS256"
        case .p256: "ES256"
        case .ed25519: "EdDSA"
        }
    }

    /// A token with these claims.
    func token(_ claims: [String: JSONValue], header more: [String: JSONValue] = [:]) throws -> String {
        let header = ["alg": .string(algorithm), "kid": .string(id), "typ": "JWT"].merging(more) { $1 }
        let input = part(.object(header)) + "." + part(.object(claims))
        let bytes = Array(input.utf8)
        let signature: [UInt8] =
            switch pair {
            case .rsa(let key): Array(try key.signature(for: bytes, padding: .insecurePKCS1v1_5).rawRepresentation)
            case .p256(let key): Array(try key.signature(for: bytes).rawRepresentation)
            case .ed25519(let key): Array(try key.signature(for: bytes))
            }
        return input + "." + base64URL(signature)
    }
}

/// A token with any signature.
func token(header: [String: JSONValue], claims: [String: JSONValue], sign: (_ input: [UInt8]) -> [UInt8]) -> String {
    let input = part(.object(header)) + "." + part(.object(claims))
    return input + "." + base64URL(sign(Array(input.utf8)))
}

private func part(_ value: JSONValue) -> String { base64URL(Array(value.text().utf8)) }

func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

extension FakeIssuer {
    /// Noon of some day.
    static let now = EventTime(microseconds: 1_800_000_000_000_000)

    /// Claims of a good token.
    func claims(_ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        [
            "iss": .string(url), "aud": "triageloop", "sub": "ana-1", "tenant": "shop", "roles": ["user"],
            "iat": 1_800_000_000, "exp": 1_800_000_300,
        ].merging(more) { $1 }
    }

    /// What reads its tokens at noon.
    func verifier(
        pause: Duration = .zero, change: (inout TokenRules) -> Void = { _ in }
    ) -> TokenVerifier {
        var rules = TokenRules(issuer: url, audiences: ["triageloop"])
        change(&rules)
        return TokenVerifier(
            rules: rules, fetching: .init(pause: pause, deadline: .seconds(10)),
            http: HTTPClient(configuration: .issuer, logger: Logger(label: "test")), logger: Logger(label: "test"),
            now: { Self.now })
    }
}
