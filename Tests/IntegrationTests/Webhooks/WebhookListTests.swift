import Contracts
import CurlHTTP
import Postgres
import RabbitMQ
import TaskAPICore
import TaskAPIWebhooks
import TestSupport
import Testing

/// Webhooks as operators make them, and where they may not lead.
struct WebhookListTests {
    @Test func `a secret is shown once, sealed, and rotated with an overlap`() async throws {
        try await LiveHarness.run(settings: LiveHarness.webhookSettings) { harness in
            let endpoint = try WebhookEndpoint(.answer(200))
            let hook = try await harness.addWebhook(endpoint.url)
            let old = try #require(hook.secret)
            #expect(try await harness.webhook(hook.id).secret == nil)
            let rotated = try await harness.call("POST", "/v1/webhooks/\(hook.id)/secret", user: "operator")
            let new = try #require(try ContractJSON.decode(WebhookView.self, from: rotated.body).secret)
            #expect(new != old)
            func test() async throws {
                let sent = endpoint.requests.count
                let answer = try await harness.call("POST", "/v1/webhooks/\(hook.id)/test", user: "operator")
                #expect(answer.status == 202)
                try await eventually("the test arrives") { endpoint.requests.count == sent + 1 }
            }
            try await test()
            #expect(endpoint.types == ["webhook.test.v1"])
            #expect(endpoint.requests[0].isSigned(with: old) && endpoint.requests[0].isSigned(with: new))
            try await harness.pool.execute("UPDATE task.webhooks SET previous_until = now()")
            try await test()
            #expect(!endpoint.requests[1].isSigned(with: old) && endpoint.requests[1].isSigned(with: new))
        }
    }

    @Test func `a webhook belongs to its tenant`() async throws {
        try await LiveHarness.run(settings: LiveHarness.webhookSettings) { harness in
            let endpoint = try WebhookEndpoint(.answer(200))
            let hook = try await harness.addWebhook(endpoint.url)
            let rows: [(String, String, String?)] = [
                ("GET", "", nil), ("PATCH", "", #"{"enabled":false}"#), ("POST", "/secret", nil),
                ("POST", "/test", nil),
                ("GET", "/deliveries", nil), ("POST", "/redeliveries", #"{"since":"2026-01-01T00:00:00Z"}"#),
                ("DELETE", "", nil),
            ]
            for (method, path, body) in rows {
                let foreign = try await harness.call(
                    method, "/v1/webhooks/\(hook.id)\(path)", body, user: "operator", tenant: "other")
                #expect(try foreign.problem.code == .webhookNotFound, "\(method) \(path)")
            }
            #expect(try await harness.webhook(hook.id).enabled)
            #expect(try await harness.call("DELETE", "/v1/webhooks/\(hook.id)", user: "operator").status == 200)
            #expect(try await harness.call("GET", "/v1/webhooks/\(hook.id)", user: "operator").status == 404)
        }
    }

    @Test func `what was to be sent of an erased task goes with it, and that it was erased is told`() async throws {
        try await LiveHarness.run(settings: LiveHarness.webhookSettings) { harness in
            let endpoint = try WebhookEndpoint(.answer(200))
            let hook = try await harness.addWebhook(endpoint.url, [.taskCreated, .taskErased])
            let task = try await harness.create("A secret of mine")
            try await eventually("it is sent") {
                try await harness.webhookLog(hook.id).map(\.state) == [.delivered]
            }
            #expect(try await harness.call("DELETE", "/v1/tasks/\(task.id)", user: "ana").status == 202)
            try await eventually("the end is told") { endpoint.types == ["task.created.v1", "task.erased.v1"] }
            #expect(try await harness.webhookLog(hook.id).map(\.type) == ["task.erased.v1"])
            // What comes late of it from the broker isn't kept.
            try await harness.publisher.publish(try LiveHarness.final(of: task).message)
            let other = try await harness.create("Another")
            try await eventually("the next one is sent") { endpoint.requests.count == 3 }
            let kept = try await harness.pool.query(
                "SELECT count(*) FROM task.webhook_deliveries WHERE position(convert_to($1, 'UTF8') IN body) > 0",
                ["A secret of mine"])
            #expect(try kept.one().decode(at: 0, as: Int.self) == 0)
            #expect(other.id != task.id)
        }
    }

    @Test func `a webhook can be deleted while one of its deliveries is settled`() async throws {
        try await LiveHarness.run(settings: LiveHarness.webhookSettings) { harness in
            let hook = try await harness.addWebhook("http://127.0.0.1:9/hook")
            try await harness.pool.execute(
                """
                INSERT INTO task.webhook_deliveries (webhook_id, event_id, type, body, due_at, state)
                VALUES ($1, $2, 't', '', now(), 'failed')
                """, [hook.id.uuid, Identifier().uuid])
            let (settling, begun) = AsyncStream<Void>.makeStream()
            let deletion = Task {
                for await _ in settling { break }
                return try await harness.ask("DELETE", "/v1/webhooks/\(hook.id)", as: nil)
            }
            do {
                // As `settle` does: the delivery, then the webhook.
                try await harness.pool.transaction(retries: 0) { transaction in
                    try await transaction.execute(
                        "UPDATE task.webhook_deliveries SET tried_at = now() WHERE webhook_id = $1", [hook.id.uuid])
                    begun.yield()
                    try await eventually("the deletion waits for the delivery") {
                        try await harness.pool.query(
                            """
                            SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
                                AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM task.webhooks %'
                            """
                        ).first != nil
                    }
                    try await transaction.execute(
                        "UPDATE task.webhooks SET failing_since = NULL WHERE id = $1", [hook.id.uuid])
                }
            } catch let error as DatabaseError where error.isTransactionConflict {
                // On a slow machine it may be this one that gives way.
            }
            let answer = try await deletion.value
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    @Test func `addresses that aren't public are refused when a webhook is made`() async throws {
        try await LiveHarness.run(settings: IntakeSamples.settings) { harness in
            for url in [
                "http://hooks.example.com/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://localhost/",
                "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://a@hooks.example.com/",
            ] {
                let body = #"{"url":"\#(url)","types":["task.created.v1"]}"#
                let answer = try await harness.call("POST", "/v1/webhooks", body, user: "operator")
                #expect(answer.status == 403)
                #expect(try answer.problem.code == .addressRefused, "\(url)")
            }
            for types in ["[]", #"["analysis.progressed.v1"]"#, #"["task.created.v1","task.created.v1"]"#, #"["x"]"#] {
                let body = #"{"url":"https://hooks.example.com/","types":\#(types)}"#
                let answer = try await harness.call("POST", "/v1/webhooks", body, user: "operator")
                #expect(try answer.problem.code == .invalidField, "\(types)")
            }
        }
    }

    @Test func `a name that leads to a private address is refused at the connection, after the look-up`() async throws {
        let endpoint = try WebhookEndpoint(.answer(200))
        func post(_ isAllowed: @escaping @Sendable ([UInt8]) -> Bool) async -> WebhookClient.Outcome {
            let client = WebhookClient(
                limits: WebhookClient.Limits(timeout: .seconds(5), excerptBytes: 4), logger: testLogger,
                isAllowed: isAllowed)
            // Nothing in the text says where it leads.
            return await client.post(
                Array("{}".utf8), to: "http://localhost:\(endpoint.port)/hook", headers: [("webhook-id", "x")], now: 0)
        }
        let refused = await post { NetworkAddress(bytes: $0)?.isPublic == true }
        #expect(refused.status == nil)
        #expect(refused.error?.contains("addressRefused") == true)
        #expect(endpoint.requests.isEmpty)
        let taken = await post { _ in true }
        #expect(taken.status == 200 && taken.excerpt == "said")
        #expect(endpoint.requests.count == 1)
    }
}
