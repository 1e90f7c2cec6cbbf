import Contracts
import TaskAPI
import Testing

/// Who knows the secret, and how secrets are kept.
struct SignatureTests {
    private let secret = Array("It's a Secret to Everybody".utf8)
    private let body = Array("Hello, World!".utf8)

    /// GitHub's own test values (docs.github.com, "Validating webhook deliveries").
    private let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    @Test func `GitHub's example is right and whatever differs from it is wrong`() {
        #expect(HookSignature.isGitHub(right, of: body, secret: secret))
        #expect(HookSignature.isGitHub(right.replacing("ea0eb", with: "EA0EB"), of: body, secret: secret))
        #expect(!HookSignature.isGitHub(right, of: body + [10], secret: secret))
        #expect(!HookSignature.isGitHub(right, of: body, secret: secret + [1]))
        let wrong = [
            nil, "", "sha256=", right + "0", String(right.dropLast()), String(right.dropFirst()),
            right.replacing("sha256", with: "sha1"), right.replacing("7571", with: "7572"),
            "sha256=" + String(repeating: "g", count: 64), "sha256=" + String(repeating: "0", count: 64),
            "sha256=" + String(repeating: "é", count: 32),
        ]
        for header in wrong {
            #expect(!HookSignature.isGitHub(header, of: body, secret: secret), "\(header ?? "none")")
        }
    }

    @Test func `the example of Standard Webhooks is right, within five minutes of its time`() {
        let key = HookSignature.key(of: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        #expect(HookSignature.standard(id: id, timestamp: 1_614_265_330, body: body, key: key) == signature)
        func isRight(_ signatures: String?, id: String? = "msg_p5jXN8AQM9LWM0D4loKWxJek", now: Int64 = 1_614_265_330)
            -> Bool
        {
            HookSignature.isStandard(
                id: id, timestamp: "1614265330", signatures: signatures, of: body, key: key, now: now)
        }
        #expect(isRight(signature))
        #expect(isRight("v1,AAAA v1a,x \(signature)"))
        #expect(isRight(signature, now: 1_614_265_630) && isRight(signature, now: 1_614_265_030))
        #expect(!isRight(signature, now: 1_614_265_631) && !isRight(signature, now: 1_614_265_029))
        #expect(!isRight(signature, id: "msg_other") && !isRight(nil) && !isRight("") && !isRight("v1,"))
        #expect(!isRight(signature.replacing("g0h", with: "g0i")))
    }

    @Test func `a token is the secret itself and nothing else`() {
        #expect(HookSignature.isToken("It's a Secret to Everybody", secret: secret))
        for token in [nil, "", "It's a Secret to Everybod", "It's a Secret to Everybody "] {
            #expect(!HookSignature.isToken(token, secret: secret))
        }
        #expect(!HookSignature.isToken("", secret: []))
    }

    @Test func `a sealed secret opens for its owner, with its key, undamaged, and not otherwise`() throws {
        let old = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let new = "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A="
        let box = try #require(SecretBox(old))
        let sealed = try box.seal(secret, for: "intake:1")
        #expect(try box.open(sealed, for: "intake:1") == secret)
        #expect(try box.seal(secret, for: "intake:1") != sealed)
        #expect(throws: SecretBox.Fault.unreadable) { try box.open(sealed, for: "intake:2") }
        for index in sealed.indices {
            var damaged = sealed
            damaged[index] ^= 1
            #expect(throws: SecretBox.Fault.unreadable) { try box.open(damaged, for: "intake:1") }
            #expect(throws: SecretBox.Fault.unreadable) { try box.open(Array(sealed[..<index]), for: "intake:1") }
        }
        let rotated = try #require(SecretBox("\(new), \(old)"))
        #expect(try rotated.open(sealed, for: "intake:1") == secret)
        let resealed = try rotated.seal(secret, for: "intake:1")
        #expect(throws: SecretBox.Fault.unreadable) { try box.open(resealed, for: "intake:1") }
        #expect(throws: SecretBox.Fault.noKey) { try SecretBox.empty.seal(secret, for: "x") }
        for text in ["", "AAAA", "not base64", old + old, "\(old),x"] { #expect(SecretBox(text) == nil, "\(text)") }
    }
}
