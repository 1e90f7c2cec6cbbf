import APIKeys
import Contracts
import CurlHTTP
import Postgres
import TestSupport

/// API keys of tenants, and requests with them.
extension LiveHarness {
    /// A service that asks who calls, and looks for itself each time.
    static let asking = ["TRIAGELOOP_IDENTITY": "keys", "TRIAGELOOP_KEY_CACHE": "0s"]

    /// Makes a key in the database, as `triagectl keys create --direct` does.
    func key(
        _ user: String, of tenant: String, _ role: CallerRole = .user, actsForUsers: Bool = false,
        expiresAt: EventTime? = nil
    ) async throws -> APIKeyIssued {
        var generator = SystemRandomNumberGenerator()
        return try await KeyStore(pool: pool).create(
            APIKeyDraft(
                name: "key of \(user)", user: user, role: role, actsForUsers: actsForUsers, expiresAt: expiresAt),
            tenant: tenant, creator: "tests", limit: 1_000, secret: APIKeySecret(using: &generator))
    }

    /// Sends a request as the holder of a secret, or of none.
    func ask(
        _ method: String, _ path: String, _ body: String? = nil, as secret: String?,
        headers more: [HTTPHeader] = [], type: String = "application/json"
    ) async throws -> HTTPResponse {
        try await http.execute(
            HTTPRequest(
                method: method, url: url + path, headers: headers(of: secret, type: body == nil ? nil : type) + more,
                body: Array((body ?? "").utf8)), deadline: .seconds(20))
    }

    /// The status and the first header fields of a stream, which is ended at once.
    func peek(
        _ path: String, as secret: String?, headers more: [HTTPHeader] = []
    ) async throws -> HTTPResponse {
        let stream = try await http.stream(
            HTTPRequest(url: url + path, headers: headers(of: secret, type: nil) + more))
        var body: [UInt8] = []
        // A refusal ends; a stream that was let in is dropped.
        if stream.status != 200 { for try await chunk in stream.body where body.count < 65_536 { body += chunk } }
        return HTTPResponse(status: stream.status, headers: stream.headers, body: body)
    }

    private func headers(of secret: String?, type: String?) -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        if let secret { headers.append(HTTPHeader("Authorization", "Bearer " + secret)) }
        if let type { headers.append(HTTPHeader("Content-Type", type)) }
        return headers
    }
}

extension HTTPResponse {
    /// The code of a refusal; nil for an answer that is none.
    var refusal: ErrorCode? {
        // Anything else is no refusal.
        (try? ContractJSON.decode(Problem.self, from: body))?.code
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value { try ContractJSON.decode(type, from: body) }
}
