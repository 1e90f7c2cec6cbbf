import APIKeys
import Contracts
import HTTPTypes
import Hummingbird
import Logging
import TaskAPIContract

/// Who calls, and the API keys of a tenant.
struct IdentityRoutes: Sendable {
    let keys: KeyStore
    let limit: Int
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.showCaller, to: caller)
        routes.bind(API.createKey, to: create)
        routes.bind(API.listKeys, to: list)
        routes.bind(API.showKey, to: show)
        routes.bind(API.rotateKey, to: rotate)
        routes.bind(API.revokeKey, to: revoke)
    }

    @Sendable func caller(_ call: Call<NoBody, CallerView>) async throws -> Reply<CallerView> {
        try Reply(
            .ok,
            CallerView(
                tenant: call.caller.tenant, user: call.caller.user, role: call.identity.role,
                means: call.identity.means))
    }

    @Sendable func create(_ call: Call<APIKeyDraft, APIKeyIssued>) async throws -> Reply<APIKeyIssued> {
        let draft = try await call.body()
        if let end = draft.expiresAt, end <= .now {
            throw Problem(
                .invalidField, detail: "/expires_at is in the past.",
                errors: [BrokenRule(pointer: "/expires_at", detail: "must not be in the past")])
        }
        do {
            let issued = try await keys.create(
                draft, tenant: call.caller.tenant, creator: call.caller.user, limit: limit, secret: Self.secret())
            note("API key made", issued.key, call.story)
            return try Reply(.created, issued, headers: Self.unkept(at: "/v1/keys/\(issued.key.id)"))
        } catch let error as KeyStore.TooMany {
            throw Problem(.limitReached, detail: "The tenant has \(error.limit) valid keys.")
        }
    }

    @Sendable func list(_ call: Call<NoBody, Page<APIKeyView>>) async throws -> Reply<Page<APIKeyView>> {
        try Reply(.ok, Page(items: try await keys.list(tenant: call.caller.tenant)))
    }

    @Sendable func show(_ call: Call<NoBody, APIKeyView>) async throws -> Reply<APIKeyView> {
        let id = try call.required(PathParameters.key)
        guard let key = try await keys.key(id, tenant: call.caller.tenant) else { throw Problem.noKey(id) }
        return try Reply(.ok, key)
    }

    @Sendable func rotate(_ call: Call<APIKeyRotation, APIKeyIssued>) async throws -> Reply<APIKeyIssued> {
        let id = try call.required(PathParameters.key)
        let overlap = try await call.body().overlapSeconds ?? APIKeyRotation.defaultOverlapSeconds
        switch try await keys.rotate(id, tenant: call.caller.tenant, overlapSeconds: overlap, secret: Self.secret()) {
        case .noSuchKey: throw Problem.noKey(id)
        case .ended: throw Problem(.keyEnded, detail: "Key \(id) was revoked or has expired.")
        case .issued(let issued):
            note("API key rotated", issued.key, call.story)
            return try Reply(.ok, issued, headers: Self.unkept())
        }
    }

    @Sendable func revoke(_ call: Call<NoBody, APIKeyView>) async throws -> Reply<APIKeyView> {
        let id = try call.required(PathParameters.key)
        guard let key = try await keys.revoke(id, tenant: call.caller.tenant) else { throw Problem.noKey(id) }
        note("API key revoked", key, call.story)
        return try Reply(.ok, key)
    }

    private func note(_ message: Logger.Message, _ key: APIKeyView, _ story: Story) {
        logger.notice(
            message,
            metadata: [
                "correlation_id": "\(story.correlationID)", "key_id": "\(key.id)", "key_prefix": "\(key.prefix)",
                "role": "\(key.role.rawValue)",
            ])
    }

    private static func secret() -> APIKeySecret {
        var generator = SystemRandomNumberGenerator()
        return APIKeySecret(using: &generator)
    }

    /// The headers of an answer with a secret, which nobody on the way may keep.
    private static func unkept(at location: String? = nil) -> HTTPFields {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        headers[.location] = location
        return headers
    }
}

extension Problem {
    fileprivate static func noKey(_ id: Identifier) -> Problem {
        Problem(.keyNotFound, detail: "No API key \(id) in this tenant.")
    }
}
