import Contracts
import FaultServer
import TaskAPICore
import TaskAPIIdentity
import Testing

/// An issuer that changes its keys, goes away, or isn't who it says.
struct IssuerKeysTests {
    private let key: IssuerKey
    private let issuer: FakeIssuer

    init() throws {
        key = try .rsa("one")
        issuer = try FakeIssuer([key])
    }

    @Test func `a new key of the issuer is taken at its first token, the old one no longer`() async throws {
        let verifier = issuer.verifier()
        let old = try key.token(issuer.claims())
        #expect(try await verifier.principal(of: old).user == "ana-1")
        let next = try IssuerKey.rsa("two")
        issuer.publish([next])
        #expect(try await verifier.principal(of: try next.token(issuer.claims())).user == "ana-1")
        await #expect(throws: IdentityRefusal.unknownSigner) { try await verifier.principal(of: old) }
    }

    @Test func `a token that names no key is tried on those there are, and on new ones`() async throws {
        let verifier = issuer.verifier()
        let old = try key.token(issuer.claims(), header: ["kid": .null])
        #expect(try await verifier.principal(of: old).user == "ana-1")
        let next = try IssuerKey.rsa("two")
        issuer.publish([next])
        let new = try next.token(issuer.claims(), header: ["kid": .null])
        #expect(try await verifier.principal(of: new).user == "ana-1")
        await #expect(throws: IdentityRefusal.signature) { try await verifier.principal(of: old) }
    }

    @Test func `tokens of a signer that nobody knows don't make it ask again and again`() async throws {
        let verifier = issuer.verifier(pause: .seconds(600))
        #expect(try await verifier.principal(of: try key.token(issuer.claims())).user == "ana-1")
        let stranger = try IssuerKey.rsa("stranger")
        for _ in 0..<20 {
            let forged = try stranger.token(issuer.claims())
            await #expect(throws: IdentityRefusal.unknownSigner) { try await verifier.principal(of: forged) }
        }
        #expect(issuer.requests == 2)
    }

    @Test func `known keys go on while the issuer is away, and what isn't known can't be told`() async throws {
        let verifier = issuer.verifier()
        let good = try key.token(issuer.claims())
        issuer.setDown(true)
        await #expect(throws: IdentityRefusal.providerUnavailable) { try await verifier.principal(of: good) }
        issuer.setDown(false)
        #expect(try await verifier.principal(of: good).user == "ana-1")
        issuer.setDown(true)
        #expect(try await verifier.principal(of: good).user == "ana-1")
        let unknown = try IssuerKey.rsa("two").token(issuer.claims())
        await #expect(throws: IdentityRefusal.providerUnavailable) { try await verifier.principal(of: unknown) }
    }

    @Test func `who answers in another issuer's name isn't believed`() async throws {
        issuer.claim("https://example.org")
        let verifier = issuer.verifier()
        let good = try key.token(issuer.claims())
        await #expect(throws: IdentityRefusal.providerUnavailable) { try await verifier.principal(of: good) }
    }

    @Test func `many tokens at once ask the issuer once`() async throws {
        let verifier = issuer.verifier(pause: .seconds(600))
        let good = try key.token(issuer.claims())
        let users = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await verifier.principal(of: good).user } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(users == ["ana-1"])
        #expect(issuer.requests == 2)
    }

    @Test(arguments: [
        ("https://id.example.org", true), ("http://127.0.0.1:9400", true), ("http://localhost/realms/a", true),
        ("http://id.example.org", false), ("http://127.0.0.1.example.org", false),
        ("http://localhost@example.org", false),
        ("https://", false), ("ftp://x", false), ("", false),
    ])
    func `an issuer is asked over TLS, or on this machine`(address: String, isTaken: Bool) {
        #expect(IssuerAddress.isTaken(address) == isTaken)
    }
}
