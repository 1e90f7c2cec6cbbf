import Contracts
import CurlHTTP
import FaultServer
import Glibc
import Postgres
import RabbitMQ
import TaskAPI
import TestSupport
import Testing

/// Events reach other systems: signed, once where all is well, again where it isn't.
struct WebhookDeliveryTests {
    @Test func `an event arrives as it stands on the broker, signed, and only at its tenant's webhooks`() async throws {
        try await LiveHarness.run(settings: LiveHarness.webhookSettings) { harness in
            let mine = try WebhookEndpoint(.answer(200))
            let foreign = try WebhookEndpoint(.answer(200))
            let hook = try await harness.addWebhook(mine.url, [.taskCreated, .analysisCompleted])
            let other = try await harness.addWebhook(foreign.url, [.taskCreated], tenant: "other")
            let task = try await harness.create("Checkout crashes")
            let (event, message) = try LiveHarness.final(of: task)
            try await harness.publisher.publish(message)
            try await eventually("both events arrive") { mine.requests.count == 2 }
            let secret = try #require(hook.secret)
            #expect(secret.hasPrefix("whsec_"))
            for request in mine.requests {
                #expect(request.isSigned(with: secret))
                #expect(!request.isSigned(with: try #require(other.secret)))
                #expect(request.headers["content-type"] == "application/cloudevents+json")
                #expect(request.headers["webhook-id"] == (try request.event["id"]?.stringValue))
            }
            let analysed = try #require(mine.requests.first { $0.headers["webhook-id"] == event.id.description })
            #expect(try EventCoder.decode(AnalysisCompleted.self, from: analysed.body) == event)
            // The same event once more from the broker, as after a crash: nothing is sent again.
            try await harness.publisher.publish(message)
            try await harness.publisher.publish(try LiveHarness.final(of: task).message)
            try await eventually("the third event arrives") { mine.requests.count >= 3 }
            #expect(Set(mine.requests.map { $0.headers["webhook-id"] }).count == 3)
            try await eventually("the log says so") {
                try await harness.webhookLog(hook.id).allSatisfy { $0.state == .delivered && $0.status == 200 }
            }
            let log = try await harness.webhookLog(hook.id)
            #expect(log.count == 3 && log.allSatisfy { $0.attempts == 1 && $0.excerpt == "said 200  " })
            #expect(foreign.requests.isEmpty)
        }
    }

    @Test func `what fails is tried again under the same id until it arrives, and given up in the end`() async throws {
        try await LiveHarness.run(settings: LiveHarness.webhookSettings) { harness in
            let flaky = try WebhookEndpoint(.answer(500), .answer(302, headers: ["Location: /elsewhere"]), .answer(204))
            let broken = try WebhookEndpoint(.answer(503))
            let first = try await harness.addWebhook(flaky.url)
            let second = try await harness.addWebhook(broken.url)
            _ = try await harness.create("Checkout crashes")
            try await eventually("it arrives at last", within: .seconds(20)) {
                try await harness.webhookLog(first.id).first?.state == .delivered
            }
            #expect(flaky.requests.count == 3)
            // Nobody was sent to the address of the redirect.
            #expect(flaky.requests.allSatisfy { $0.target == "/hook" })
            #expect(Set(flaky.requests.map { $0.headers["webhook-id"] }).count == 1)
            #expect(try await harness.webhook(first.id).failingSince == nil)
            try await eventually("the other one is given up", within: .seconds(20)) {
                try await harness.webhookLog(second.id).first?.state == .failed
            }
            #expect(broken.requests.count == 4)
            let hook = try await harness.webhook(second.id)
            #expect(hook.enabled && hook.failingSince != nil && hook.pending == 0)
            // By hand it is sent again, with the same id.
            broken.set(.answer(200))
            let since = #"{"since":"2026-01-01T00:00:00Z"}"#
            let answer = try await harness.call(
                "POST", "/v1/webhooks/\(second.id)/redeliveries", since, user: "operator")
            #expect(answer.status == 202)
            #expect(try ContractJSON.decode(DeliveriesQueued.self, from: answer.body).queued == 1)
            try await eventually("it arrives") { try await harness.webhookLog(second.id).first?.state == .delivered }
            #expect(Set(broken.requests.map { $0.headers["webhook-id"] }).count == 1)
            let event = try #require(try await harness.webhookLog(second.id).first?.eventID)
            _ = try await harness.call(
                "POST", "/v1/webhooks/\(second.id)/redeliveries", #"{"event_id":"\#(event)"}"#, user: "operator")
            try await eventually("it arrives once more") { broken.requests.count == 6 }
            let none = try await harness.call(
                "POST", "/v1/webhooks/\(second.id)/redeliveries", #"{"event_id":"\#(Identifier())"}"#, user: "operator")
            #expect(try none.problem.code == .deliveryNotFound)
        }
    }

    @Test func `an endpoint that is gone is disabled at once, and one that fails for too long is`() async throws {
        let settings = LiveHarness.webhookSettings.merging([
            "TRIAGELOOP_WEBHOOK_SCHEDULE": "1s,1s,1s,1s,1s,1s", "TRIAGELOOP_WEBHOOK_PATIENCE": "60s",
        ]) { $1 }
        try await LiveHarness.run(settings: settings) { harness in
            let gone = try WebhookEndpoint(.answer(410))
            let failing = try WebhookEndpoint(.answer(500))
            let first = try await harness.addWebhook(gone.url)
            let second = try await harness.addWebhook(failing.url)
            _ = try await harness.create("One")
            try await eventually("410 disables") { try await !harness.webhook(first.id).enabled }
            #expect(try await harness.webhook(first.id).reason?.contains("410") == true)
            try await eventually("it fails") { try await harness.webhook(second.id).failingSince != nil }
            try await harness.pool.execute(
                "UPDATE task.webhooks SET failing_since = now() - interval '61 seconds' WHERE id = $1",
                [second.id.uuid])
            try await eventually("so long a failure disables") { try await !harness.webhook(second.id).enabled }
            #expect(try await harness.webhook(second.id).pending == 1)
            let count = (gone: gone.requests.count, failing: failing.requests.count)
            #expect(count.gone == 1)
            _ = try await harness.create("Two")
            // Enabled again it gets what was pending, and nothing of what came meanwhile.
            failing.set(.answer(200))
            _ = try await harness.call("PATCH", "/v1/webhooks/\(second.id)", #"{"enabled":true}"#, user: "operator")
            try await eventually("what was pending arrives") {
                try await harness.webhookLog(second.id).first?.state == .delivered
            }
            #expect(gone.requests.count == 1)
            let hook = try await harness.webhook(second.id)
            #expect(hook.enabled && hook.reason == nil && hook.failingSince == nil)
        }
    }

    @Test func `an endpoint that says nothing holds up nobody else, and has few connections`() async throws {
        try await LiveHarness.run(
            settings: LiveHarness.webhookSettings.merging([
                "TRIAGELOOP_WEBHOOK_CONCURRENCY": "2", "TRIAGELOOP_WEBHOOK_TOTAL_CONCURRENCY": "4",
                "TRIAGELOOP_WEBHOOK_TIMEOUT": "60s",
            ]) { $1 }
        ) { harness in
            let silent = try WebhookEndpoint(.hang)
            let quick = try WebhookEndpoint(.answer(200))
            _ = try await harness.addWebhook(silent.url)
            _ = try await harness.addWebhook(quick.url)
            for number in 0..<40 { _ = try await harness.create("Task \(number)") }
            try await eventually("all arrive at the quick one", within: .seconds(30)) { quick.requests.count == 40 }
            #expect(silent.mostOpen == 2)
            #expect(quick.mostOpen <= 2)
        }
    }

    @Test func `two replicas send each event once`() async throws {
        try await RunningSystem.run(settings: LiveHarness.webhookSettings, starting: [.taskAPI]) { system in
            try await system.withTwin(of: .taskAPI, settings: ["TRIAGELOOP_HTTP_PORT": "0"]) { _ in
                let endpoint = try WebhookEndpoint(.answer(200))
                let draft = WebhookDraft(url: endpoint.url, types: [.taskCreated])
                let made = try await system.send(
                    "POST", "/v1/webhooks", json: String(decoding: try ContractJSON.encode(draft), as: UTF8.self))
                #expect(made.status == 201)
                for number in 0..<60 { _ = try await system.create("Task \(number)") }
                try await eventually("all arrive", within: .seconds(30)) { endpoint.requests.count >= 60 }
                #expect(Set(endpoint.requests.map { $0.headers["webhook-id"] }).count == 60)
                #expect(endpoint.requests.count == 60)
            }
        }
    }

    @Test func `a replica that is killed in the middle of an attempt loses nothing`() async throws {
        let settings = LiveHarness.webhookSettings.merging(["TRIAGELOOP_WEBHOOK_TIMEOUT": "60s"]) { $1 }
        try await RunningSystem.run(settings: settings, starting: [.taskAPI]) { system in
            let endpoint = try WebhookEndpoint(.hang)
            let draft = WebhookDraft(url: endpoint.url, types: [.taskCreated])
            _ = try await system.send(
                "POST", "/v1/webhooks", json: String(decoding: try ContractJSON.encode(draft), as: UTF8.self))
            _ = try await system.create("Checkout crashes")
            try await eventually("it is being sent") { endpoint.requests.count == 1 }
            let process = try system.service(.taskAPI)
            _ = await process.end(SIGKILL)
            endpoint.set(.answer(200))
            // As if the lease had run out: nobody waits a minute and a half for a test.
            try await system.database.withPool { pool in
                let row = try await pool.query("SELECT state, due_at > now() FROM task.webhook_deliveries").one()
                #expect(try row.decode(at: 0, as: String.self) == "pending")
                #expect(try row.decode(at: 1, as: Bool.self))
                try await pool.execute("UPDATE task.webhook_deliveries SET due_at = now()")
            }
            try process.start()
            try await system.waitUntilReady(.taskAPI)
            try await eventually("it arrives", within: .seconds(20)) { endpoint.requests.count == 2 }
            #expect(Set(endpoint.requests.map { $0.headers["webhook-id"] }).count == 1)
        }
    }
}
