import Contracts
import CurlHTTP
import FaultServer
import Foundation
import Postgres
import Synchronization
import TaskAPI
import TestSupport

/// An endpoint of another system, which remembers what came.
final class WebhookEndpoint: Sendable {
    /// What it does with a request.
    enum Behaviour: Sendable {
        case answer(Int, headers: [String] = [])
        /// Nothing, until the client leaves.
        case hang
    }

    private struct State {
        var requests: [LocalServer.Request] = []
        var behaviours: [Behaviour]
        var open = 0
        var mostOpen = 0
    }

    private let state: Mutex<State>
    private let server = Mutex<LocalServer?>(nil)

    /// - Parameter behaviours: one a request; the last one for all that follow.
    init(_ behaviours: Behaviour...) throws {
        state = Mutex(State(behaviours: behaviours))
        let local = try LocalServer { [weak self] request, connection in
            guard let self else { return connection.drop() }
            let behaviour = state.withLock { state in
                state.requests.append(request)
                state.open += 1
                state.mostOpen = max(state.mostOpen, state.open)
                return state.behaviours.count > 1 ? state.behaviours.removeFirst() : state.behaviours[0]
            }
            switch behaviour {
            case .answer(let status, let headers):
                connection.answer(status: status, headers: headers, body: "said \(status)\u{0}\n")
            case .hang:
                _ = connection.waitForEnd()
                connection.drop()
            }
            state.withLock { $0.open -= 1 }
        }
        server.withLock { $0 = local }
    }

    var port: Int { server.withLock { $0?.port ?? 0 } }
    var url: String { "http://127.0.0.1:\(port)/hook" }
    var requests: [LocalServer.Request] { state.withLock { $0.requests } }
    /// The most requests at once.
    var mostOpen: Int { state.withLock { $0.mostOpen } }
    /// The events that came, by their types.
    var types: [String] { requests.map { (try? $0.event["type"]?.stringValue) ?? "" } }  // what is no event has no type

    func set(_ behaviours: Behaviour...) { state.withLock { $0.behaviours = behaviours } }
}

extension LocalServer.Request {
    var event: JSONValue { get throws { try ContractJSON.decode(JSONValue.self, from: body) } }

    /// Whether one of the signatures is made with the secret.
    func isSigned(with secret: String) -> Bool {
        HookSignature.isStandard(
            id: headers["webhook-id"], timestamp: headers["webhook-timestamp"],
            signatures: headers["webhook-signature"], of: body, key: HookSignature.key(of: secret),
            now: EventTime.now.secondsSinceEpoch)
    }
}

extension LiveHarness {
    static let webhookSettings = IntakeSamples.settings.merging([
        "TRIAGELOOP_WEBHOOK_ALLOW_HTTP": "true", "TRIAGELOOP_WEBHOOK_ALLOW_PRIVATE": "true",
        "TRIAGELOOP_WEBHOOK_SCHEDULE": "1s,1s,1s", "TRIAGELOOP_WEBHOOK_POLL": "50ms",
        "TRIAGELOOP_WEBHOOK_TIMEOUT": "2s",
    ]) { $1 }

    func addWebhook(
        _ url: String, _ types: [EventType] = [.taskCreated], tenant: String = "default"
    ) async throws -> WebhookView {
        let draft = try ContractJSON.encode(WebhookDraft(url: url, types: types))
        let answer = try await call(
            "POST", "/v1/webhooks", String(decoding: draft, as: UTF8.self), user: "operator", tenant: tenant)
        guard answer.status == 201 else {
            throw TrainingTestFailure(description: String(decoding: answer.body, as: UTF8.self))
        }
        return try ContractJSON.decode(WebhookView.self, from: answer.body)
    }

    func webhook(_ id: Identifier) async throws -> WebhookView {
        try await read(WebhookView.self, "/v1/webhooks/\(id)", user: "operator")
    }

    func webhookLog(_ id: Identifier) async throws -> [WebhookDelivery] {
        try await read(Page<WebhookDelivery>.self, "/v1/webhooks/\(id)/deliveries", user: "operator").items
    }
}
