import Contracts
import TaskAPICore
import Testing

/// Who is let in, and as whom.
struct IdentityTests {
    private let ana = Principal(
        tenant: "shop", user: "ana", role: .user, means: .apiKey, credential: "key-1")

    @Test func `names that a request leaves out are the credential's`() throws {
        let name = try ana.acting(tenant: nil, user: nil)
        #expect(name.tenant == "shop" && name.user == "ana")
    }

    @Test func `no credential acts in another tenant, and only one that may acts for another user`() throws {
        var product = ana
        product.actsForUsers = true
        #expect(try product.acting(tenant: "shop", user: "ben").user == "ben")
        #expect(throws: IdentityRefusal.foreignTenant) { try product.acting(tenant: "other", user: nil) }
        #expect(throws: IdentityRefusal.foreignUser) { try ana.acting(tenant: "shop", user: "ben") }
        #expect(try ana.acting(tenant: "shop", user: "ana").user == "ana")
    }

    @Test func `an operator may what a user may`() {
        #expect(CallerRole.user < .operator)
        #expect(!(CallerRole.operator < .user))
    }

    @Test(arguments: IdentityRefusal.allCases)
    func `each refusal has a code that says no, or that it can't be told`(refusal: IdentityRefusal) {
        #expect([401, 403, 503].contains(refusal.problem.status))
        #expect(refusal.detail.hasSuffix("."))
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  a-b.c_d~e+f/g==", "a-b.c_d~e+f/g=="),
    ])
    func `a bearer token is read`(header: String, token: String) {
        #expect(BearerToken.read(header).map(String.init) == token)
    }

    @Test(arguments: [
        "", "Bearer", "Bearer ", "Basic YTpi", "abc", "Bearer a b", "Bearer a,Bearer b", "Bearer ü", "Bearer a\u{0}",
        "Bearer " + String(repeating: "a", count: BearerToken.maximumBytes),
    ])
    func `what is no bearer token isn't`(header: String) {
        #expect(BearerToken.read(header) == nil)
    }

    @Test func `what was looked up is believed for its time and no longer`() {
        var cache = ExpiringCache<String, Int>(lifetime: .seconds(5), limit: 10)
        cache.insert(1, for: "a", at: .seconds(100))
        #expect(cache.value(of: "a", at: .seconds(104)) == 1)
        #expect(cache.value(of: "a", at: .seconds(105)) == nil)
        cache.insert(2, for: "a", at: .seconds(105))
        #expect(cache.value(of: "a", at: .seconds(109)) == 2)
        var none = ExpiringCache<String, Int>(lifetime: .zero, limit: 10)
        none.insert(1, for: "a", at: .zero)
        #expect(none.count == 0)
    }

    @Test func `no number of entries makes the cache larger than its limit, and the latest stay`() {
        var cache = ExpiringCache<Int, Int>(lifetime: .seconds(5), limit: 100)
        for number in 0..<10_000 { cache.insert(number, for: number, at: .milliseconds(number)) }
        #expect(cache.count == 100)
        #expect(cache.value(of: 9_999, at: .seconds(10)) == 9_999)
        #expect(cache.value(of: 9_899, at: .seconds(10)) == nil)
        // The same one again and again is one.
        for _ in 0..<10_000 { cache.insert(7, for: 7, at: .seconds(11)) }
        #expect(cache.value(of: 7, at: .seconds(11)) == 7)
        #expect(cache.count <= 100)
    }
}
