import APIKeys
import Contracts
import CurlHTTP
import Postgres
import TaskAPIContract
import TestSupport

/// Two tenants with keys and data in one service: the own one, and a foreign one of which nothing may be seen.
struct TwoTenants {
    /// In every text of the foreign tenant.
    static let marker = "FOREIGN-7f3a"

    /// The keys of a tenant.
    struct Keys {
        let user: APIKeyIssued
        let root: APIKeyIssued
        var task = Identifier.zero
        var replay = Identifier.zero
        var source = Identifier.zero
        var erased = Identifier.zero
        var webhook = Identifier.zero
    }

    let harness: LiveHarness
    private(set) var own: Keys
    private(set) var foreign: Keys
    private let revoked: APIKeyIssued
    private let expired: APIKeyIssued

    init(_ harness: LiveHarness) async throws {
        self.harness = harness
        own = Keys(
            user: try await harness.key("ana", of: "own"), root: try await harness.key("root", of: "own", .operator))
        foreign = Keys(
            user: try await harness.key("ana", of: Self.marker),
            root: try await harness.key("root-\(Self.marker)", of: Self.marker, .operator))
        revoked = try await harness.key("ana", of: "own", .operator)
        _ = try await KeyStore(pool: harness.pool).revoke(revoked.key.id, tenant: "own")
        expired = try await harness.key("ana", of: "own", .operator, expiresAt: .now)
        try await harness.pool.execute(
            "INSERT INTO task.models (version, metrics, registered_at) VALUES ('base-1', '{}', now())")
        foreign.task = try await task(of: foreign, "about \(Self.marker)")
        foreign.replay = try await replay(of: foreign)
        own.replay = try await replay(of: own)
        foreign.source = try await source(of: foreign)
        foreign.erased = try await erased(of: foreign)
        foreign.webhook = try await webhook(of: foreign)
    }

    /// What the service is set to, so that every route can do something.
    static let settings = LiveHarness.asking.merging(LiveHarness.webhookSettings) { $1 }.merging(IntakeSamples.settings)
    { $1 }

    /// What no answer to the own tenant may hold.
    var foreignWords: [String] {
        [
            Self.marker, foreign.task.description, foreign.replay.description, foreign.user.key.id.description,
            foreign.root.key.id.description, foreign.user.key.prefix, foreign.root.key.prefix,
            foreign.source.description, foreign.erased.description, foreign.webhook.description,
        ]
    }

    /// The route's path for something of a tenant, made anew where a request may end it.
    /// - Returns: nil where this doesn't know what stands in the path.
    func path(of endpoint: Endpoint, isForeign: Bool) async throws -> (path: String, isTenants: Bool)? {
        let path = endpoint.path
        guard path.contains("{") else { return (path, false) }
        func with(_ id: some CustomStringConvertible, isTenants: Bool) -> (String, Bool)? {
            let filled = path.replacing("{id}", with: id.description)
            return filled.contains("{") ? nil : (filled, isTenants)
        }
        switch path.split(separator: "/").prefix(2).joined(separator: "/") {
        case "v1/tasks": return with(isForeign ? foreign.task : try await task(of: own, "own"), isTenants: true)
        case "v1/keys":
            let key = isForeign ? foreign.user : try await harness.key("spare", of: "own")
            return with(key.key.id, isTenants: true)
        case "v1/replays": return with(isForeign ? foreign.replay : own.replay, isTenants: true)
        case "v1/erasures":
            return with(isForeign ? foreign.erased : try await erased(of: own), isTenants: true)
        case "v1/exports": return (path.replacing("{kind}", with: "tasks"), false)
        case "v1/webhooks": return with(isForeign ? foreign.webhook : try await webhook(of: own), isTenants: true)
        case "v1/intake":
            return with(isForeign ? foreign.source : try await source(of: own), isTenants: true)
        // Of all tenants, so that there is nothing foreign.
        case "v1/rollouts", "v1/trainings": return with(Identifier(), isTenants: false)
        case "schemas/{name}": return (path.replacing("{name}", with: "TaskView.json"), false)
        default: return nil
        }
    }

    /// Sends the route's own example.
    func send(_ endpoint: Endpoint, _ path: String, _ caller: MatrixCaller) async throws -> HTTPResponse {
        let body = endpoint.body.map { $0.example.text() }
        let (secret, headers) = credentials(of: caller)
        if endpoint.isStream { return try await harness.peek(path, as: secret, headers: headers) }
        return try await harness.ask(
            endpoint.method.rawValue, path, body, as: secret, headers: headers,
            type: endpoint.body?.mediaType ?? "application/json")
    }

    private func credentials(of caller: MatrixCaller) -> (String?, [HTTPHeader]) {
        switch caller {
        case .nobody: (nil, [])
        case .badKey: ("tl_aaaaaaaaaa_" + String(repeating: "a", count: 52), [])
        case .revokedKey: (revoked.secret, [])
        case .expiredKey: (expired.secret, [])
        case .user: (own.user.secret, [])
        case .operatorOfTenant: (own.root.secret, [])
        case .userNamingForeignTenant: (own.root.secret, [HTTPHeader("X-Tenant-ID", Self.marker)])
        case .userNamingAnotherUser: (own.root.secret, [HTTPHeader("X-User-ID", "ben")])
        }
    }

    /// All that the database has of the foreign tenant, as one number.
    func foreignState() async throws -> String {
        let tables = try await harness.pool.query(
            """
            SELECT table_name::text FROM information_schema.columns
            WHERE table_schema = 'task' AND column_name = 'tenant' ORDER BY 1
            """
        ).map { try $0.decode(at: 0, as: String.self) }
        var state: [String] = []
        for table in tables {
            let hash = try await harness.pool.query(
                """
                SELECT coalesce(md5(string_agg(md5(row::text), '' ORDER BY row::text)), '') FROM task.\(table) AS row
                WHERE tenant = $1
                """, [Self.marker])
            state.append("\(table) \(try hash.one().decode(at: 0, as: String.self))")
        }
        return state.joined(separator: "\n")
    }

    private func task(of keys: Keys, _ title: String) async throws -> Identifier {
        try await harness.ask("POST", "/v1/tasks", #"{"title":"\#(title)"}"#, as: keys.user.secret)
            .decoded(TaskView.self).id
    }

    /// To an address where nobody listens.
    private func webhook(of keys: Keys) async throws -> Identifier {
        let draft = WebhookDraft(url: "http://127.0.0.1:9/hook", types: [.taskEdited], description: "hook")
        let answer = try await harness.ask(
            "POST", "/v1/webhooks", String(decoding: try ContractJSON.encode(draft), as: UTF8.self),
            as: keys.root.secret)
        guard answer.status == 201 else { throw TrainingTestFailure(description: "webhook: \(answer.text)") }
        return try answer.decoded(WebhookView.self).id
    }

    private func erased(of keys: Keys) async throws -> Identifier {
        let id = try await task(of: keys, "to be erased")
        let answer = try await harness.ask("DELETE", "/v1/tasks/\(id)", as: keys.user.secret)
        guard answer.status == 202 else { throw TrainingTestFailure(description: "erasure: \(answer.text)") }
        return id
    }

    private func source(of keys: Keys) async throws -> Identifier {
        let draft = IntakeSourceDraft(kind: .github, name: "source \(Identifier())")
        let answer = try await harness.ask(
            "POST", "/v1/intake/sources", String(decoding: try ContractJSON.encode(draft), as: UTF8.self),
            as: keys.root.secret)
        guard answer.status == 201 else { throw TrainingTestFailure(description: "source: \(answer.text)") }
        return try answer.decoded(IntakeSourceView.self).id
    }

    private func replay(of keys: Keys) async throws -> Identifier {
        let draft = #"{"candidate":"base-1","since":"2026-01-01T00:00:00Z"}"#
        let answer = try await harness.ask("POST", "/v1/replays", draft, as: keys.root.secret)
        guard answer.status == 202 else { throw TrainingTestFailure(description: "replay: \(answer.text)") }
        return try answer.decoded(ReplayView.self).id
    }
}
