import CurlHTTP
import Postgres
import TestSupport

extension LiveHarness {
    func post(
        _ path: String, _ body: String, key: String?, user: String = "ana", tenant: String = "default"
    ) async throws -> HTTPResponse {
        var headers = [
            HTTPHeader("X-User-ID", user), HTTPHeader("X-Tenant-ID", tenant),
            HTTPHeader("Content-Type", "application/json"),
        ]
        if let key { headers.append(HTTPHeader("Idempotency-Key", key)) }
        return try await http.execute(
            HTTPRequest(method: "POST", url: url + path, headers: headers, body: Array(body.utf8)),
            deadline: .seconds(20))
    }

    func count(_ table: String) async throws -> Int {
        try await pool.query("SELECT count(*) FROM \(table)").one().decode(at: 0)
    }
}
