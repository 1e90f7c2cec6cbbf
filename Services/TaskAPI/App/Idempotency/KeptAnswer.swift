import Contracts
import Postgres

/// The answer to a request that took effect, to be given again.
struct KeptAnswer: Sendable {
    /// Of the request that it answered.
    var fingerprint: [UInt8] = []
    let status: Int
    /// The answer's own, by their names.
    let headers: [String: String]
    let body: [UInt8]

    init(status: Int, headers: [String: String], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// From `fingerprint, status, headers, body`.
    init(_ row: Row) throws {
        fingerprint = try row.decode(at: 0)
        status = try row.decode(at: 1)
        headers = try ContractJSON.decode([String: String].self, from: try row.decode(at: 2, as: JSONB.self).bytes)
        body = try row.decode(at: 3)
    }
}
