import Contracts
import FoundationEssentials
import Logging
import Messaging
import Postgres
import RabbitMQ

/// Makes deliveries of events: one statement for a batch, which may come again.
struct WebhookQueueHandler: Sendable {
    let store: WebhookStore
    let dispatcher: WebhookDispatcher
    let logger: Logger

    /// What of an event says whose it is.
    private struct Addressed: Decodable {
        struct Data: Decodable {
            struct Task: Decodable {
                var tenant: String
                var task_id: Identifier
            }

            struct Analysis: Decodable { var task_id: Identifier }

            var tenant: String?
            var task_id: Identifier?
            var task: Task?
            var analysis: Analysis?
        }

        var id: Identifier
        var data: Data
    }

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var rows: [WebhookStore.Event] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                let addressed = try ContractJSON.decode(Addressed.self, from: event.delivery.body)
                let isOfTenant = Self.ofTasks.contains(event.type)
                let tenant = addressed.data.task?.tenant ?? addressed.data.tenant
                // An event of a task that names no tenant must not go to all of them.
                guard !isOfTenant || tenant != nil else {
                    throw EventCoder.Rejection(code: .invalidEvent, reason: "no tenant")
                }
                rows.append(
                    WebhookStore.Event(
                        id: addressed.id, type: event.type.rawValue, tenant: isOfTenant ? tenant : nil,
                        taskID: addressed.data.task?.task_id ?? addressed.data.analysis?.task_id
                            ?? addressed.data.task_id, body: event.delivery.body))
                outcomes.append(.done)
            } catch let rejection as EventCoder.Rejection {
                outcomes.append(.deadLetter(rejection))
            } catch {
                let rule = ContractJSON.brokenRule(from: error)
                outcomes.append(
                    .deadLetter(
                        EventCoder.Rejection(
                            code: rule.code == .malformedJSON ? .undecodableEvent : .invalidEvent, reason: rule.text,
                            brokenRules: [rule])))
            }
        }
        if !rows.isEmpty, try await store.queue(rows) > 0 { dispatcher.wake() }
        return outcomes
    }

    private static let ofTasks: Set<EventType> = [
        .taskCreated, .taskEdited, .analysisCompleted, .analysisFailed, .feedbackRecorded, .taskErased,
    ]
}
