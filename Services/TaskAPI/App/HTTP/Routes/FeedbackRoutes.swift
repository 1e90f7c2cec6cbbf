import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Observability
import TaskAPIContract

/// What people say of suggestions, and what operators ask of the training side.
struct FeedbackRoutes: Sendable {
    let store: TaskStore
    let erasures: ErasureStore
    let projection: ProjectionStore
    let requests: TrainingRequests
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.giveFeedback, to: give)
        routes.bind(API.listModels, to: models)
        routes.bind(API.listTrainings, to: trainings)
        routes.bind(API.showTraining, to: training)
        routes.bind(API.requestRollout, to: roll)
        routes.bind(API.requestTraining, to: train)
    }

    @Sendable func give(_ call: Call<FeedbackDraft, FeedbackResult>) async throws -> Reply<FeedbackResult> {
        let id = try call.required(PathParameters.task)
        let draft = try await call.body()
        let outcome = try await store.record(
            draft, on: id, caller: call.caller, story: call.givenStory, once: call.once
        ) { task, event in
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("feedback_id")
            writer.string(event.data.feedbackID)
            writer.key("task")
            try store.shown(task, to: call.caller).write(to: &writer)
            writer.endObject()
            return Reply(.accepted, json: writer.bytes, headers: [.correlationID: event.correlationID])
        }
        switch outcome {
        case .noSuchTask: throw try await erasures.missing(id, tenant: call.caller.tenant)
        case .refused(let broken):
            let first = broken.first
            throw Problem(
                first?.code ?? .nothingToAccept,
                detail: first.map { $0.code == .invalidField ? $0.text : $0.detail } ?? "", errors: broken)
        case .recorded(let reply, let event):
            for field in event.data.fields {
                Counter(
                    label: "triageloop_feedback_total",
                    dimensions: [("field", field.field.rawValue), ("provenance", field.provenance.rawValue)]
                ).increment()
            }
            logger.event(
                .info, "feedback recorded", story: event.ownStory, taskID: id, eventID: event.id, eventType: event.type)
            return reply
        }
    }

    @Sendable func models(_ call: Call<NoBody, ModelList>) async throws -> Reply<ModelList> {
        try Reply(.ok, try await projection.models())
    }

    @Sendable func trainings(
        _ call: Call<NoBody, Page<TrainingChanged>>
    ) async throws -> Reply<Page<TrainingChanged>> {
        try Reply(.ok, Page(items: try await projection.trainings()))
    }

    @Sendable func training(_ call: Call<NoBody, TrainingChanged>) async throws -> Reply<TrainingChanged> {
        let id = try call.required(PathParameters.training)
        guard let training = try await projection.training(id) else {
            throw Problem(.trainingNotFound, detail: "No training \(id) is known.")
        }
        return try Reply(.ok, training)
    }

    @Sendable func roll(_ call: Call<RolloutDraft, RequestSent>) async throws -> Reply<RequestSent> {
        let draft = try await call.body()
        let models = try await projection.models()
        if let version = draft.version {
            guard models.items.contains(where: { $0.version == version }) else {
                throw Problem(.modelNotFound, detail: "No model version \(version) is registered.")
            }
        } else if let serving = models.serving, serving.previous == nil, serving.rollout?.status.isFinal ?? true {
            // As the training side would say: by a dead letter, which the one who asked never sees.
            throw Problem(.modelNotFound, detail: "There is no version before \(serving.champion).")
        }
        let event = CloudEvent(
            source: .taskAPI, subject: draft.version ?? "champion", story: call.story,
            data: RolloutRequested(
                action: draft.action, version: draft.version, reason: draft.reason, requestedBy: call.caller.user))
        return try await requests.send(event, for: call)
    }

    @Sendable func train(_ call: Call<TrainingDraft, RequestSent>) async throws -> Reply<RequestSent> {
        let draft = try await call.body()
        let event = CloudEvent(
            source: .taskAPI, subject: "training", story: call.story,
            data: TrainingRequested(
                requestedBy: call.caller.user, reason: draft.reason, accept: draft.accept, pastGate: draft.pastGate))
        return try await requests.send(event, for: call)
    }
}
