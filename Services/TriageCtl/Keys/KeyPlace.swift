import APIKeys
import ArgumentParser
import Contracts
import Postgres

/// Where the keys are worked on: over the API, or in the database itself.
struct KeyPlaceOptions: ParsableArguments {
    @Flag(help: "In the database (TRIAGELOOP_ADMIN_DATABASE_URL) rather than over the API.")
    var direct = false

    @OptionGroup var database: AdminDatabaseOptions
    @OptionGroup var api: APIOptions

    func withKeys<Result: Sendable>(_ body: (any KeyPlace) async throws -> Result) async throws -> Result {
        guard direct else { return try await body(RemoteKeys(client: try api.client())) }
        let tenant = try api.tenant ?? OperatorEnvironment.value("TENANT") ?? "default"
        return try await database.withPool { try await body(StoredKeys(store: KeyStore(pool: $0), tenant: tenant)) }
    }
}

/// The keys of one tenant.
protocol KeyPlace: Sendable {
    func create(_ draft: APIKeyDraft) async throws -> APIKeyIssued
    func list() async throws -> [APIKeyView]
    func rotate(_ id: Identifier, _ overlapSeconds: Int) async throws -> APIKeyIssued
    func revoke(_ id: Identifier) async throws -> APIKeyView
}

private struct RemoteKeys: KeyPlace {
    let client: APIClient

    func create(_ draft: APIKeyDraft) async throws -> APIKeyIssued {
        try ContractJSON.decode(APIKeyIssued.self, from: try await client.post("/v1/keys", draft))
    }

    func list() async throws -> [APIKeyView] {
        try await client.get("/v1/keys", as: Page<APIKeyView>.self).items
    }

    func rotate(_ id: Identifier, _ overlapSeconds: Int) async throws -> APIKeyIssued {
        let rotation = APIKeyRotation(overlapSeconds: overlapSeconds)
        return try ContractJSON.decode(
            APIKeyIssued.self, from: try await client.post("/v1/keys/\(id)/rotate", rotation))
    }

    func revoke(_ id: Identifier) async throws -> APIKeyView {
        try ContractJSON.decode(APIKeyView.self, from: try await client.post("/v1/keys/\(id)/revoke"))
    }
}

private struct StoredKeys: KeyPlace {
    let store: KeyStore
    let tenant: String

    func create(_ draft: APIKeyDraft) async throws -> APIKeyIssued {
        // Whoever has the database needs no limit.
        try await store.create(draft, tenant: tenant, creator: "triagectl", limit: .max, secret: Self.secret())
    }

    func list() async throws -> [APIKeyView] { try await store.list(tenant: tenant) }

    func rotate(_ id: Identifier, _ overlapSeconds: Int) async throws -> APIKeyIssued {
        switch try await store.rotate(id, tenant: tenant, overlapSeconds: overlapSeconds, secret: Self.secret()) {
        case .issued(let issued): return issued
        case .noSuchKey: throw missing(id)
        case .ended: throw CommandFailure(.failed, "key \(id) was revoked or has expired", code: .keyEnded)
        }
    }

    func revoke(_ id: Identifier) async throws -> APIKeyView {
        guard let key = try await store.revoke(id, tenant: tenant) else { throw missing(id) }
        return key
    }

    private func missing(_ id: Identifier) -> CommandFailure {
        CommandFailure(.failed, "there is no API key \(id) in tenant \(tenant.clipped(to: 60))", code: .keyNotFound)
    }

    private static func secret() -> APIKeySecret {
        var generator = SystemRandomNumberGenerator()
        return APIKeySecret(using: &generator)
    }
}
