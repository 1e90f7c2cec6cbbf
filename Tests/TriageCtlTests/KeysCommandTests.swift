import APIKeys
import Contracts
import FaultServer
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// `triagectl keys`, and the key that all commands send.
struct KeysCommandTests {
    @Test func `the first key is made in the database, and its secret alone is printed`() async throws {
        try await withMigratedDatabase { database in
            let environment = ["TRIAGELOOP_ADMIN_DATABASE_URL": database.url, "TRIAGELOOP_TENANT": "shop"]
            let made = try await TriageCtlRun(
                ["keys", "create", "first operator", "--role", "operator", "--expires", "90d", "--direct"],
                environment: environment)
            #expect(made.status == 0, "\(made.errors)")
            let secret = try #require(APIKeySecret(made.output.dropLast()))
            #expect(!made.errors.contains(secret.text))
            try await database.withPool { pool in
                let key = try #require(try await KeyStore(pool: pool).find([secret.hash]).first ?? nil)
                #expect(key.tenant == "shop" && key.user == "first operator" && key.role == .operator)
                let days = (try #require(key.expiresAt).microseconds - EventTime.now.microseconds) / 86_400_000_000
                #expect((89...90).contains(days))
            }

            let list = try await TriageCtlRun(["keys", "list", "--direct"], environment: environment)
            #expect(list.output.contains(secret.prefix) && !list.output.contains(secret.text))
            let id = try #require(list.output.split(separator: "\n").last?.split(separator: " ").first.map(String.init))

            let rotated = try await TriageCtlRun(
                ["keys", "rotate", id, "--overlap", "0", "--direct"], environment: environment)
            let next = try #require(APIKeySecret(rotated.output.dropLast()))
            #expect(next.text != secret.text)
            let revoked = try await TriageCtlRun(["keys", "revoke", id, "--direct"], environment: environment)
            #expect(revoked.status == 0 && revoked.output.contains("revoked"))
            let again = try await TriageCtlRun(["keys", "rotate", id, "--direct"], environment: environment)
            #expect(again.status == 1 && again.errors.contains("KEY_ENDED"))
            let missing = try await TriageCtlRun(
                ["keys", "revoke", Identifier().description, "--direct"], environment: environment)
            #expect(missing.status == 1 && missing.errors.contains("KEY_NOT_FOUND"))
        }
    }

    @Test func `commands send the key of the file, and no name that nobody gave`() async throws {
        let seen = Mutex<[LocalServer.Request]>([])
        let server = try LocalServer { request, connection in
            seen.withLock { $0.append(request) }
            connection.answer(headers: ["Content-Type: application/json"], body: #"{"items":[],"next_cursor":null}"#)
        }
        let file = NSTemporaryDirectory() + "key-\(UUID().uuidString)"
        try "tl_secret\n".write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }  // A temporary file that stays harms nobody.
        let run = try await TriageCtlRun(
            ["keys", "list", "--api-key-file", file], environment: ["TRIAGELOOP_API_URL": server.url("")])
        #expect(run.status == 0, "\(run.errors)")
        let request = try #require(seen.withLock { $0.first })
        #expect(request.headers["authorization"] == "Bearer tl_secret")
        #expect(request.headers["x-user-id"] == nil && request.headers["x-tenant-id"] == nil)
    }

    @Test func `no key goes over the network unprotected`() async throws {
        let run = try await TriageCtlRun(
            ["keys", "list"],
            environment: ["TRIAGELOOP_API_URL": "http://triage.example.org", "TRIAGELOOP_API_KEY": "tl_secret"])
        #expect(run.status == 78 && run.errors.contains("https://"))
        #expect(!run.errors.contains("tl_secret"))
    }
}
