import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Observability

/// What operators ask of the training side goes there as an event; the answer says which.
struct TrainingRequests: Sendable {
    let store: TaskStore
    let logger: Logger

    func send<Body>(
        _ event: CloudEvent<some EventPayload>, for call: Call<Body, RequestSent>
    ) async throws -> Reply<RequestSent> {
        let reply = try Reply(.accepted, RequestSent(eventID: event.id, correlationID: event.correlationID))
        try await store.send(event, once: call.once, answer: reply.kept(of: event.ownStory))
        logger.event(
            .info, "request sent to the training side", story: event.ownStory, taskID: nil, eventID: event.id,
            eventType: event.type)
        return reply
    }
}
