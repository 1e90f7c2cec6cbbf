import Contracts
import HTTPTypes
import Hummingbird
import TaskAPIContract

/// Rollouts: how challengers come to all users, or go, and what people ask of them.
struct RolloutRoutes: Sendable {
    let rollouts: RolloutProjection
    let requests: TrainingRequests

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.listRollouts, to: list)
        routes.bind(API.showRollout, to: show)
        routes.bind(API.commandRollout, to: command)
    }

    @Sendable func list(_ call: Call<NoBody, Page<RolloutView>>) async throws -> Reply<Page<RolloutView>> {
        try Reply(.ok, Page(items: try await rollouts.rollouts()))
    }

    @Sendable func show(_ call: Call<NoBody, RolloutView>) async throws -> Reply<RolloutView> {
        try Reply(.ok, try await rollout(call.required(PathParameters.rollout)))
    }

    @Sendable func command(_ call: Call<RolloutCommandDraft, RequestSent>) async throws -> Reply<RequestSent> {
        let id = try call.required(PathParameters.rollout)
        let draft = try await call.body()
        let rollout = try await rollout(id)
        guard !rollout.standing.status.isFinal else {
            throw Problem(.rolloutEnded, detail: "The rollout \(id) has ended: \(rollout.reason)")
        }
        return try await requests.send(
            CloudEvent(
                source: .taskAPI, subject: rollout.standing.challenger, story: call.story,
                data: RolloutRequested(
                    action: draft.action, version: nil, rolloutID: id, reason: draft.reason,
                    requestedBy: call.caller.user)), for: call)
    }

    private func rollout(_ id: Identifier) async throws -> RolloutView {
        guard let rollout = try await rollouts.rollout(id) else {
            throw Problem(.rolloutNotFound, detail: "No rollout \(id) is known.")
        }
        return rollout
    }
}
