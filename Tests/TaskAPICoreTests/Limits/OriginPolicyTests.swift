import TaskAPICore
import Testing

/// Which pages may call.
struct OriginPolicyTests {
    private static let app = "https://app.example.com"

    private func verdict(
        _ origin: String?, _ host: String?, forwarded: String? = nil, list: String = app, checksHost: Bool = false
    ) throws -> OriginPolicy.Verdict {
        try OriginPolicy(list, checksHost: checksHost).verdict(origin: origin, host: host, forwardedHost: forwarded)
    }

    @Test func `programs name no origin, and the page's own is its host, also behind a proxy`() throws {
        #expect(try verdict(nil, "api.example.com") == .own)
        #expect(try verdict("http://127.0.0.1:8080", "127.0.0.1:8080") == .own)
        #expect(try verdict("https://Triage.example.com", "triage.example.com") == .own)
        #expect(try verdict("https://triage.example.com", "task-api:8080", forwarded: "triage.example.com") == .own)
    }

    @Test(arguments: [
        "null", "https://evil.example.com", "http://app.example.com", "https://app.example.com:8443",
        "https://app.example.com.evil.com", "https://127.0.0.1:8080", "app.example.com", "",
    ])
    func `another origin is foreign`(origin: String) throws {
        #expect(try verdict(origin, "127.0.0.1:9090") == .foreign)
    }

    @Test func `an origin of the list may call, and is named as it is written`() throws {
        #expect(try verdict(Self.app, "127.0.0.1:8080") == .allowed(Self.app))
        let list = " https://A.example.com/ ,http://localhost:3000"
        #expect(try verdict("http://localhost:3000", "127.0.0.1:8080", list: list) == .allowed("http://localhost:3000"))
        #expect(try verdict("https://a.example.com", "127.0.0.1", list: list) == .allowed("https://a.example.com"))
    }

    @Test(arguments: [
        ("localhost", true), ("localhost:8080", true), ("LOCALHOST", true), ("api.localhost:1", true),
        ("127.0.0.1:8080", true), ("[::1]:8080", true), ("192.168.1.4", true), ("app.example.com:99", true),
        ("evil.example.com", false), ("127.0.0.1.evil.com", false), ("localhost.evil.com:8080", false),
        ("1.2.3.4.5", false), ("1.2.3.256", false), ("", false),
    ])
    func `where nobody is asked who they are, a name that others chose is refused`(host: String, isOurs: Bool) throws {
        let verdict = try verdict("http://\(host)", host, checksHost: true)
        #expect((verdict != .misdirected) == isOurs)
        // A page can send that header to what it takes for its own origin.
        #expect((try self.verdict(nil, host, forwarded: "localhost", checksHost: true) != .misdirected) == isOurs)
    }

    @Test(arguments: ["app.example.com", "https://", "https://*.example.com", "ftp://a", "https://a/b", "*"])
    func `what is no origin is refused at the start`(list: String) {
        #expect(throws: OriginPolicy.Fault.self) { try OriginPolicy(list, checksHost: false) }
    }
}
