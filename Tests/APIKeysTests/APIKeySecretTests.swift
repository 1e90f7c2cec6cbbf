import APIKeys
import Testing

/// What a secret looks like and what is kept of it.
struct APIKeySecretTests {
    /// The same numbers each time.
    private struct Counting: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    @Test func `a new secret has its form, is read again, and no two are alike`() throws {
        var generator = SystemRandomNumberGenerator()
        let secrets = (0..<100).map { _ in APIKeySecret(using: &generator) }
        #expect(Set(secrets.map(\.text)).count == 100)
        for secret in secrets {
            #expect(secret.text.count == 66 && secret.text.hasPrefix("tl_"))
            #expect(secret.text.hasPrefix(secret.prefix + "_") && secret.prefix.count == 13)
            let again = try #require(APIKeySecret(secret.text))
            #expect(again.hash == secret.hash)
            #expect(secret.text.firstMatch(of: try Regex(APIKeySecret.pattern)) != nil)
        }
    }

    @Test func `the randomness is the caller's`() {
        var (one, two, three) = (Counting(state: 1), Counting(state: 1), Counting(state: 2))
        let first = APIKeySecret(using: &one)
        #expect(first.text == APIKeySecret(using: &two).text)
        #expect(first.text != APIKeySecret(using: &three).text)
    }

    @Test func `what is kept is the SHA-256 of the whole text`() throws {
        let secret = try #require(APIKeySecret("tl_aaaaaaaaaa_" + String(repeating: "a", count: 52)))
        let hex = secret.hash.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        // printf 'tl_aaaaaaaaaa_a…' | sha256sum
        #expect(hex == "528277e053f2182bb3483e656deae3a70e78ad881a813f43941a31ba2db2d469")
    }

    @Test(arguments: [
        "", "tl_", "tl_aaaaaaaaaa_", "xx_aaaaaaaaaa_" + String(repeating: "a", count: 52),
        "tl_aaaaaaaaaa_" + String(repeating: "a", count: 51), "tl_aaaaaaaaaa_" + String(repeating: "a", count: 53),
        "tl_aaaaaaaaaa-" + String(repeating: "a", count: 52), "tl_aaaaaaaaa1_" + String(repeating: "a", count: 52),
        "tl_aaaaaaaaaa_" + String(repeating: "A", count: 52),
        "tl_aaaaaaaaaa_" + String(repeating: "a", count: 51) + "ä",
    ])
    func `what isn't a secret by its looks is none`(text: String) {
        #expect(APIKeySecret(text) == nil)
    }
}
