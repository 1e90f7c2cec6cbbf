import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Observability

/// What people say of suggestions, and what operators ask of the training side.
struct FeedbackRoutes: Sendable {
    let store: TaskStore
    let projection: ProjectionStore
    let logger: Logger

    func add(to router: RouterGroup<TaskAPIContext>) {
        router.post("tasks/:id/feedback", use: give)
        router.get("models", use: models)
        router.get("trainings", use: trainings)
        router.post("rollouts", use: roll)
        router.post("trainings", use: train)
    }

    @Sendable func give(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let id = try context.identifier()
        let caller = try Caller(request)
        let draft = try await request.decoded(FeedbackDraft.self, limit: 64 * 1_024)
        switch try await store.record(draft, on: id, caller: caller, story: context.isStoryGiven ? context.story : nil)
        {
        case .noSuchTask: throw Problem.noTask(id)
        case .refused(let broken):
            throw Problem(.nothingToAccept, detail: broken.first?.detail ?? "", errors: broken)
        case .recorded(let feedbackID, let task, let event):
            for field in event.data.fields {
                Counter(
                    label: "triageloop_feedback_total",
                    dimensions: [("field", field.field.rawValue), ("provenance", field.provenance.rawValue)]
                ).increment()
            }
            logger.event(
                .info, "feedback recorded", story: event.ownStory, taskID: id, eventID: event.id, eventType: event.type)
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("feedback_id")
            writer.string(feedbackID)
            writer.key("task")
            task.write(to: &writer)
            writer.endObject()
            return Response(
                status: .accepted, json: writer.bytes, headers: [.correlationID: event.correlationID])
        }
    }

    @Sendable func models(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        try Response(json: try await projection.models())
    }

    @Sendable func trainings(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        try Response(json: Page(items: try await projection.trainings()))
    }

    @Sendable func roll(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let caller = try Caller(request)
        let draft = try await request.decoded(RolloutDraft.self, limit: 64 * 1_024)
        let models = try await projection.models()
        if let version = draft.version {
            guard models.items.contains(where: { $0.version == version }) else {
                throw Problem(.modelNotFound, detail: "No model version \(version) is registered.")
            }
        } else if let serving = models.serving, serving.previous == nil {
            // As the training side would say: by a dead letter, which the one who asked never sees.
            throw Problem(.modelNotFound, detail: "There is no version before \(serving.champion).")
        }
        let event = CloudEvent(
            source: .taskAPI, subject: draft.version ?? "champion", story: context.story,
            data: RolloutRequested(
                action: draft.action, version: draft.version, reason: draft.reason, requestedBy: caller.user))
        return try await accept(event)
    }

    @Sendable func train(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let caller = try Caller(request)
        let draft = try await request.decoded(TrainingDraft.self, limit: 64 * 1_024)
        let event = CloudEvent(
            source: .taskAPI, subject: "training", story: context.story,
            data: TrainingRequested(requestedBy: caller.user, reason: draft.reason))
        return try await accept(event)
    }

    private func accept(_ event: CloudEvent<some EventPayload>) async throws -> Response {
        try await store.send(event)
        logger.event(
            .info, "request sent to the training side", story: event.ownStory, taskID: nil, eventID: event.id,
            eventType: event.type)
        return try Response(
            status: .accepted,
            json: JSONValue.object([
                "event_id": .string(event.id.description), "correlation_id": .string(event.correlationID),
            ]))
    }
}
