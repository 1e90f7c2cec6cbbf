import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Observability
import TaskAPIContract
import TaskAPICore

/// What would change if another version served.
struct ReplayRoutes: Sendable {
    let store: ReplayStore
    let holdBack: HoldBack
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.startReplay, to: start)
        routes.bind(API.showReplay, to: show)
    }

    @Sendable func start(_ call: Call<ReplayDraft, ReplayView>) async throws -> Reply<ReplayView> {
        let draft = try await call.body()
        guard draft.since <= .now else {
            throw Problem(
                .invalidField, detail: "/since is in the future.",
                errors: [BrokenRule(pointer: "/since", detail: "must not be in the future")])
        }
        switch try await store.start(draft, caller: call.caller, story: call.story) {
        case .started(let row):
            logger.event(
                .notice, "replay started", story: row.story, taskID: nil, eventID: nil, eventType: .replayChunk,
                more: ["replay_id": "\(row.id)", "model_version": "\(row.candidate)"])
            return try answer(row, .accepted)
        case .existing(let row): return try answer(row, .ok)
        case .taken: throw Problem(.replayUnderWay, detail: "Another replay has this id.")
        case .underWay(let id):
            throw Problem(.replayUnderWay, detail: "Replay \(id) is under way; ask again when it is done.")
        case .unknownCandidate:
            throw Problem(.modelNotFound, detail: "No model version \(draft.candidate) is registered.")
        }
    }

    @Sendable func show(_ call: Call<NoBody, ReplayView>) async throws -> Reply<ReplayView> {
        let id = try call.required(PathParameters.replay)
        // Differences name what was shown and what would be: a user from whom that is held back gets the counts.
        let limit = holdBack.isBlind(call.caller) ? 0 : try call(QueryParameters.differences) ?? 100
        guard let view = try await store.view(id, tenant: call.caller.tenant, differences: limit) else {
            throw Problem(.replayNotFound, detail: "No replay \(id) in this tenant.")
        }
        return try Reply(.ok, view)
    }

    private func answer(_ row: ReplayRow, _ status: HTTPResponse.Status) throws -> Reply<ReplayView> {
        try Reply(
            status, ReplayStore.view(row, []),
            headers: [.location: "/v1/replays/\(row.id)", .correlationID: row.correlationID])
    }
}
