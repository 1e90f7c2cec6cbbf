import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Observability
import TaskAPIContract

/// Erasing tasks, and what has become of it.
struct ErasureRoutes: Sendable {
    let store: ErasureStore
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.eraseTask, to: erase)
        routes.bind(API.showErasure, to: show)
    }

    @Sendable func erase(_ call: Call<NoBody, ErasureView>) async throws -> Reply<ErasureView> {
        let id = try call.required(PathParameters.task)
        switch try await store.erase(
            id, caller: call.caller, isOperator: call.identity.role == .operator, story: call.givenStory)
        {
        case .noSuchTask: throw Problem.noTask(id)
        case .notAllowed:
            throw Problem(.erasureNotAllowed, detail: "Only its author or an operator may erase task \(id).")
        case .erased(let view, let event):
            if let event {
                Counter(label: "triageloop_tasks_erased_total").increment()
                logger.event(
                    .notice, "task erased", story: event.ownStory, taskID: id, eventID: event.id,
                    eventType: event.type)
            }
            return try Reply(
                .accepted, view,
                headers: [.location: "/v1/erasures/\(id)", .correlationID: view.correlationID])
        }
    }

    @Sendable func show(_ call: Call<NoBody, ErasureView>) async throws -> Reply<ErasureView> {
        let id = try call.required(PathParameters.erased)
        guard let view = try await store.view(id, tenant: call.caller.tenant) else {
            throw Problem(.erasureNotFound, detail: "No task \(id) of this tenant was erased.")
        }
        return try Reply(.ok, view)
    }
}
