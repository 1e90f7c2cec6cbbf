import APIKeys
import Contracts
import CurlHTTP
import Postgres
import Settings
import TaskAPI
import TestSupport
import Testing

/// API keys from the first to the last day.
struct APIKeyTests {
    @Test func `without identity callers are believed, as operators of the tenant they name`() async throws {
        try await LiveHarness.run { harness in
            let headers = [HTTPHeader("X-Tenant-ID", "shop"), HTTPHeader("X-User-ID", "ana")]
            let caller = try await harness.ask("GET", "/v1/caller", as: nil, headers: headers)
                .decoded(CallerView.self)
            #expect(caller == CallerView(tenant: "shop", user: "ana", role: .operator, means: .believed))
            let document = try await harness.ask("GET", "/openapi.json", as: nil).decoded(JSONValue.self)
            #expect(document["paths"]?["/v1/tasks"]?["post"]?["security"] == [])
        }
    }

    @Test func `a key says tenant, user and role; who has none is told how to come by one`() async throws {
        try await LiveHarness.run(settings: LiveHarness.asking) { harness in
            let key = try await harness.key("ana", of: "shop")
            let caller = try await harness.ask("GET", "/v1/caller", as: key.secret).decoded(CallerView.self)
            #expect(caller == CallerView(tenant: "shop", user: "ana", role: .user, means: .apiKey))
            let created = try await harness.ask("POST", "/v1/tasks", #"{"title":"x"}"#, as: key.secret)
                .decoded(TaskView.self)
            #expect(created.tenant == "shop" && created.author == "ana")

            let other = try #require(key.secret.last) == "a" ? "b" : "a"
            let rows: [(secret: String?, code: ErrorCode, challenge: String)] = [
                (nil, .credentialsMissing, "Bearer"),
                (key.secret.dropLast() + other, .credentialsInvalid, "Bearer error=\"invalid_token\""),
                ("tl_short", .credentialsInvalid, "Bearer error=\"invalid_token\""),
                ("eyJhbGciOiJub25lIn0.e30.", .credentialsInvalid, "Bearer error=\"invalid_token\""),
            ]
            for row in rows {
                let refused = try await harness.ask("GET", "/v1/tasks", as: row.secret)
                #expect(refused.status == 401 && refused.refusal == row.code, "\(row.code)")
                #expect(refused.header("WWW-Authenticate") == row.challenge)
                #expect(!refused.text.contains("tl_s"))
            }
            // Before anything else of the request is looked at, and only for the API.
            #expect(try await harness.ask("POST", "/v1/tasks?x=1", "{", as: nil).refusal == .credentialsMissing)
            #expect(try await harness.ask("GET", "/docs", as: nil).status == 200)
            #expect(try await harness.ask("GET", "/", as: nil).status == 200)
            let document = try await harness.ask("GET", "/openapi.json", as: nil).decoded(JSONValue.self)
            #expect(document["paths"]?["/v1/tasks"]?["post"]?["security"] == [["bearer": []]])
            #expect(document["paths"]?["/docs"]?["get"]?["security"] == [])
        }
    }

    @Test func `an operator makes, shows, rotates and revokes keys of the own tenant`() async throws {
        try await LiveHarness.run(settings: LiveHarness.asking) { harness in
            let root = try await harness.key("root", of: "shop", .operator).secret
            let made = try await harness.ask(
                "POST", "/v1/keys", #"{"name":"shop backend","user":"shop","acts_for_users":true}"#, as: root)
            #expect(made.status == 201 && made.header("Cache-Control") == "no-store")
            let first = try made.decoded(APIKeyIssued.self)
            #expect(made.header("Location") == "/v1/keys/\(first.key.id)")
            #expect(first.key.tenant == "shop" && first.key.createdBy == "root" && first.key.role == .user)
            #expect(first.secret.hasPrefix(first.key.prefix))

            let list = try await harness.ask("GET", "/v1/keys", as: root)
            #expect(try list.decoded(Page<APIKeyView>.self).items.map(\.name) == ["shop backend", "key of root"])
            #expect(!list.text.contains(first.secret))

            let rotation = #"{"overlap_seconds":3600}"#
            let second = try await harness.ask("POST", "/v1/keys/\(first.key.id)/rotate", rotation, as: root)
                .decoded(APIKeyIssued.self)
            #expect(second.key.id == first.key.id && second.secret != first.secret)
            let both = try await [first, second].asyncMap { try await harness.ask("GET", "/v1/caller", as: $0.secret) }
            #expect(both.map(\.status) == [200, 200])

            // Without an overlap those before end at once.
            let third = try await harness.ask(
                "POST", "/v1/keys/\(first.key.id)/rotate", #"{"overlap_seconds":0}"#, as: root
            ).decoded(APIKeyIssued.self)
            let all = try await [first, second, third].asyncMap {
                try await harness.ask("GET", "/v1/caller", as: $0.secret)
            }
            #expect(all.map(\.refusal) == [.credentialsExpired, .credentialsExpired, nil])

            let revoked = try await harness.ask("POST", "/v1/keys/\(first.key.id)/revoke", as: root)
            #expect(try revoked.decoded(APIKeyView.self).revokedAt != nil)
            #expect(try await harness.ask("GET", "/v1/caller", as: third.secret).refusal == .credentialsRevoked)
            #expect(
                try await harness.ask("POST", "/v1/keys/\(first.key.id)/rotate", rotation, as: root).refusal
                    == .keyEnded)
        }
    }

    @Test func `a key acts for users if it may, and a key that expires does`() async throws {
        try await LiveHarness.run(settings: LiveHarness.asking) { harness in
            let backend = try await harness.key("shop", of: "shop", actsForUsers: true).secret
            let own = try await harness.key("ana", of: "shop").secret
            let ben = [HTTPHeader("X-User-ID", "ben")]
            #expect(
                try await harness.ask("GET", "/v1/caller", as: backend, headers: ben).decoded(CallerView.self).user
                    == "ben")
            let refused = try await harness.ask("GET", "/v1/caller", as: own, headers: ben)
            #expect(refused.status == 403 && refused.refusal == .identityMismatch)
            let foreign = try await harness.ask(
                "GET", "/v1/caller", as: backend, headers: [HTTPHeader("X-Tenant-ID", "other")])
            #expect(foreign.status == 403 && foreign.refusal == .identityMismatch)

            let root = try await harness.key("root", of: "shop", .operator).secret
            let past = try await harness.ask(
                "POST", "/v1/keys", #"{"name":"x","expires_at":"2020-01-01T00:00:00Z"}"#, as: root)
            #expect(past.status == 422)
            let expired = try await harness.key("ana", of: "shop", expiresAt: .now)
            #expect(try await harness.ask("GET", "/v1/caller", as: expired.secret).refusal == .credentialsExpired)
        }
    }

    @Test func `a revocation is seen once what is remembered has expired, and until then nobody asks the database`()
        async throws
    {
        let settings = ["TRIAGELOOP_IDENTITY": "keys", "TRIAGELOOP_KEY_CACHE": "2s"]
        try await LiveHarness.run(settings: settings) { harness in
            let key = try await harness.key("ana", of: "shop")
            #expect(try await harness.ask("GET", "/v1/caller", as: key.secret).status == 200)
            _ = try await KeyStore(pool: harness.pool).revoke(key.key.id, tenant: "shop")
            #expect(try await harness.ask("GET", "/v1/caller", as: key.secret).status == 200)
            try await eventually("the revocation is seen", within: .seconds(10)) {
                try await harness.ask("GET", "/v1/caller", as: key.secret).refusal == .credentialsRevoked
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a stream that is open when its key is revoked ends by itself`() async throws {
        try await LiveHarness.run(settings: LiveHarness.asking) { harness in
            let key = try await harness.key("ana", of: "shop")
            let stream = try await harness.http.stream(
                HTTPRequest(
                    url: harness.url + "/v1/events", headers: [HTTPHeader("Authorization", "Bearer " + key.secret)]))
            #expect(stream.status == 200)
            _ = try await KeyStore(pool: harness.pool).revoke(key.key.id, tenant: "shop")
            // At the next keep-alive; without that it would go on until the time limit.
            for try await _ in stream.body {}
        }
    }

    @Test func `the last use is written, and no secret is anywhere in the database`() async throws {
        let settings = LiveHarness.asking.merging(["TRIAGELOOP_KEY_USE_INTERVAL": "100ms"]) { $1 }
        try await LiveHarness.run(settings: settings) { harness in
            let key = try await harness.key("ana", of: "shop")
            #expect(try await KeyStore(pool: harness.pool).list(tenant: "shop").map(\.lastUsedAt) == [nil])
            #expect(try await harness.ask("GET", "/v1/caller", as: key.secret).status == 200)
            try await eventually("the use is written") {
                try await KeyStore(pool: harness.pool).list(tenant: "shop").first?.lastUsedAt != nil
            }
            let secret = String(key.secret.dropFirst(key.key.prefix.count))
            let rows = try await harness.pool.query(
                """
                SELECT (SELECT count(*) FROM task.api_keys AS keys WHERE keys::text LIKE '%' || $1 || '%')
                    + (SELECT count(*) FROM task.api_key_secrets AS secrets WHERE secrets::text LIKE '%' || $1 || '%')
                """, [secret])
            #expect(try rows.one().decode(at: 0, as: Int.self) == 0)
        }
    }

    @Test func `a tenant has no more valid keys than it may`() async throws {
        let settings = LiveHarness.asking.merging(["TRIAGELOOP_KEYS_PER_TENANT": "2"]) { $1 }
        try await LiveHarness.run(settings: settings) { harness in
            let root = try await harness.key("root", of: "shop", .operator).secret
            let second = try await harness.ask("POST", "/v1/keys", #"{"name":"x"}"#, as: root)
            #expect(second.status == 201)
            let third = try await harness.ask("POST", "/v1/keys", #"{"name":"x"}"#, as: root)
            #expect(third.status == 409 && third.refusal == .limitReached)
            // What has ended doesn't count.
            let id = try second.decoded(APIKeyIssued.self).key.id
            #expect(try await harness.ask("POST", "/v1/keys/\(id)/revoke", as: root).status == 200)
            #expect(try await harness.ask("POST", "/v1/keys", #"{"name":"x"}"#, as: root).status == 201)
        }
    }

    @Test func `what is open to this machine only answers to no name that a stranger chose for it`() async throws {
        let settings = [
            "TRIAGELOOP_HTTP_PUBLISHED": "127.0.0.1:8080", "TRIAGELOOP_HTTP_ORIGINS": "http://gateway:8080,",
        ]
        try await LiveHarness.run(settings: settings) { harness in
            for (host, isOurs) in [("gateway:8080", true), ("127.0.0.1:8080", true), ("rebound.example", false)] {
                let answer = try await harness.ask("GET", "/v1/caller", as: nil, headers: [HTTPHeader("Host", host)])
                #expect((answer.status == 200) == isOurs, "\(host): \(answer.text)")
            }
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1", [:], true), ("::1", [:], true), ("localhost", [:], true), ("127.9.9.9", [:], true),
            ("0.0.0.0", [:], false), ("::", [:], false), ("127.0.0.1.example.org", [:], false),
            ("10.0.0.7", [:], false),
            ("0.0.0.0", ["TRIAGELOOP_IDENTITY": "keys"], true), ("0.0.0.0", ["TRIAGELOOP_HTTP_OPEN": "yes"], true),
            ("127.0.0.1", ["TRIAGELOOP_IDENTITY": "none"], false),
            // A container listens on every address; what counts is where it is published.
            ("0.0.0.0", ["TRIAGELOOP_HTTP_PUBLISHED": "127.0.0.1:8080"], true),
            ("0.0.0.0", ["TRIAGELOOP_HTTP_PUBLISHED": "[::1]:8080"], true),
            ("0.0.0.0", ["TRIAGELOOP_HTTP_PUBLISHED": "0.0.0.0:8080"], false),
            ("0.0.0.0", ["TRIAGELOOP_HTTP_PUBLISHED": "8080"], false),
            ("127.0.0.1", ["TRIAGELOOP_HTTP_PUBLISHED": "[2001:db8::1]:8080"], false),
            ("127.0.0.1", ["TRIAGELOOP_HTTP_PUBLISHED": "example.org"], false),
        ] as [(String, [String: String], Bool)])
    func `who is asked nothing is served on this machine only`(host: String, more: [String: String], isFine: Bool) {
        var reader = SettingsReader(environment: more.merging(["TRIAGELOOP_HTTP_HOST": host]) { $1 })
        _ = TaskAPISettings(reader: &reader)
        #expect(reader.faults.isEmpty == isFine, "\(reader.faults)")
    }
}

extension Array {
    /// One after the other.
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
