import Contracts
import Crypto
import CryptoExtras
import FaultServer
import Foundation
import TaskAPICore
import TaskAPIIdentity
import Testing

/// Which tokens are good, whoever they come from.
struct TokenVerifierTests {
    private let key: IssuerKey
    private let issuer: FakeIssuer

    init() throws {
        key = try .rsa("one")
        issuer = try FakeIssuer([key])
    }

    @Test func `a good token says tenant, user and role`() async throws {
        let verifier = issuer.verifier()
        let ana = try await verifier.principal(of: try key.token(issuer.claims()))
        #expect(
            ana
                == Principal(
                    tenant: "shop", user: "ana-1", role: .user, means: .token, credential: "\(issuer.url) ana-1"))
        let root = try await verifier.principal(
            of: try key.token(issuer.claims(["roles": ["operator", "user"], "aud": ["other", "triageloop"]])))
        #expect(root.role == .operator)
        // Discovery and keys, once.
        #expect(issuer.requests == 2)
    }

    @Test(arguments: ["p256", "ed25519"])
    func `other kinds of keys sign, too`(kind: String) async throws {
        let key = IssuerKey(
            id: "two",
            pair: kind == "p256" ? .p256(P256.Signing.PrivateKey()) : .ed25519(Curve25519.Signing.PrivateKey()))
        issuer.publish([self.key, key])
        let verifier = issuer.verifier()
        #expect(try await verifier.principal(of: try key.token(issuer.claims())).user == "ana-1")
        // The signature of another key under this one's id.
        let other = IssuerKey(id: "two", pair: self.key.pair)
        await #expect(throws: IdentityRefusal.self) {
            try await verifier.principal(of: try other.token(issuer.claims()))
        }
    }

    @Test(
        arguments: [
            (["alg": "RS256"], true), (["alg": "PS256"], false), (["alg": "RS512"], false),
            (["alg": "RSA-OAEP"], false),
            (["use": "enc"], false),
        ] as [([String: JSONValue], Bool)])
    func `a key signs with the algorithm that its issuer says, and only one that is for signatures`(
        marks: [String: JSONValue], isGood: Bool
    ) async throws {
        issuer.publish([IssuerKey(id: key.id, pair: key.pair, marks: marks)])
        let verifier = issuer.verifier()
        let token = try key.token(issuer.claims())
        if isGood {
            #expect(try await verifier.principal(of: token).user == "ana-1")
        } else {
            await #expect(throws: IdentityRefusal.unknownSigner) { try await verifier.principal(of: token) }
        }
    }

    @Test func `what a token must say, it must say`() async throws {
        let rows: [(change: [String: JSONValue], refusal: IdentityRefusal)] = [
            (["exp": 1_799_999_900], .expired), (["exp": .null], .claims), (["exp": "1800000300"], .claims),
            (["nbf": 1_800_000_100], .notYetValid), (["iat": 1_800_000_100], .notYetValid),
            (["aud": "other"], .audience), (["aud": .null], .audience), (["iss": "https://example.org"], .issuer),
            (["iss": .string(issuer.url + "/")], .issuer), (["sub": .null], .claims), (["tenant": .null], .claims),
            (["tenant": 7], .claims), (["tenant": "a\nb"], .claims), (["roles": ["guest"]], .noRole),
            (["roles": .null], .noRole), (["sub": .string(String(repeating: "x", count: 101))], .claims),
        ]
        let verifier = issuer.verifier()
        for row in rows {
            let token = try key.token(issuer.claims(row.change))
            await #expect(throws: row.refusal, "\(row.change)") { try await verifier.principal(of: token) }
        }
        // Within the leeway.
        for change in [["exp": 1_799_999_950], ["nbf": 1_800_000_050]] as [[String: JSONValue]] {
            #expect(try await verifier.principal(of: try key.token(issuer.claims(change))).user == "ana-1")
        }
    }

    @Test func `no algorithm with a shared or without a secret gets through, whatever it is signed with`() async throws
    {
        let verifier = issuer.verifier()
        let claims = issuer.claims()
        guard case .rsa(let rsa) = key.pair else { return }
        let secrets = [
            Array(rsa.publicKey.pemRepresentation.utf8), Array(rsa.publicKey.derRepresentation),
            Array(key.published.text().utf8),
        ]
        for secret in secrets {
            let forged = token(header: ["alg": "HS256", "kid": "one"], claims: claims) { input in
                Array(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: secret)))
            }
            await #expect(throws: IdentityRefusal.algorithm) { try await verifier.principal(of: forged) }
        }
        for name in ["none", "None", "NONE", "nOnE", "HS512", "RS1", ""] {
            let forged = token(header: ["alg": .string(name), "kid": "one"], claims: claims) { _ in [1] }
            await #expect(throws: IdentityRefusal.algorithm, "\(name)") { try await verifier.principal(of: forged) }
        }
        // Nothing was fetched for them.
        #expect(issuer.requests == 0)
    }

    @Test func `what is changed or no token at all is refused`() async throws {
        let verifier = issuer.verifier()
        let good = try key.token(issuer.claims())
        let parts = good.split(separator: ".").map(String.init)
        let other = try key.token(issuer.claims(["roles": ["operator"]])).split(separator: ".").map(String.init)
        await #expect(throws: IdentityRefusal.signature) {
            try await verifier.principal(of: "\(parts[0]).\(other[1]).\(parts[2])")
        }
        let malformed = [
            "", ".", "..", "a.b.c", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", good + ".x", good + "=",
            try key.token(issuer.claims(), header: ["crit": ["exp"]]),
            try key.token(issuer.claims(), header: ["typ": "logout+jwt"]),
            try key.token(issuer.claims(), header: ["alg": 1]),
        ]
        for text in malformed {
            await #expect(throws: IdentityRefusal.malformed, "\(text.prefix(80))") {
                try await verifier.principal(of: text)
            }
        }
    }

    @Test func `claims have the names that the operator gives them`() async throws {
        let verifier = issuer.verifier { rules in
            rules.tenantClaim = "org"
            rules.defaultTenant = "default"
            rules.userClaim = "email"
            rules.rolesClaim = "realm_access.roles"
            rules.userRoles = ["*"]
            rules.operatorRoles = ["triage-admin"]
        }
        let claims = issuer.claims(["email": "ana@example.org", "realm_access": ["roles": ["triage-admin"]]])
        let ana = try await verifier.principal(of: try key.token(claims))
        #expect(ana.tenant == "default" && ana.user == "ana@example.org" && ana.role == .operator)
        let ben = try await verifier.principal(
            of: try key.token(issuer.claims(["email": "ben@example.org", "org": "b"])))
        #expect(ben.tenant == "b" && ben.role == .user)
    }
}
