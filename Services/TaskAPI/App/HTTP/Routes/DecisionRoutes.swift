import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Observability
import Postgres
import TaskAPIContract
import TaskAPICore

/// What stands behind a suggestion, and another one.
struct DecisionRoutes: Sendable {
    let store: TaskStore
    let erasures: ErasureStore
    let projection: ProjectionStore
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.reanalyse, to: reanalyse)
        routes.bind(API.similar, to: similar)
        routes.bind(API.passport, to: passport)
    }

    @Sendable func reanalyse(_ call: Call<NoBody, TaskView>) async throws -> Reply<TaskView> {
        let id = try call.required(PathParameters.task)
        let reply = try await store.reanalyse(id, caller: call.caller, story: call.givenStory, once: call.once) { row in
            let json = try store.shown(row, to: call.caller).json
            return Reply(
                .accepted, json: json,
                headers: [
                    .correlationID: row.correlationID, .eTag: EntityTag(of: json, revision: row.revision).header,
                ])
        }
        guard let reply else { throw try await erasures.missing(id, tenant: call.caller.tenant) }
        logger.event(.info, "another analysis is asked for", story: call.story, taskID: id)
        return reply
    }

    @Sendable func similar(_ call: Call<NoBody, Page<SimilarView>>) async throws -> Reply<Page<SimilarView>> {
        let row = try await row(call)
        // The list is a part of the analysis: who may not see that sees none of it.
        guard !store.holdBack.isBlind(call.caller), let analysis = try row.decodedAnalysis else {
            return try Reply(.ok, Page(items: []))
        }
        let found = try await store.tasks(analysis.similar.map(\.taskID), tenant: call.caller.tenant)
        let items = try analysis.similar.compactMap { similar -> SimilarView? in
            guard let row = found[similar.taskID] else { return nil }
            return SimilarView(
                taskID: row.id, title: row.title, project: row.project,
                status: TaskStatus(rawValue: row.status) ?? .analysing, score: similar.score,
                sharedTerms: similar.sharedTerms,
                fields: try ContractJSON.decode(TaskFields.self, from: row.fields.bytes))
        }
        return try Reply(.ok, Page(items: items))
    }

    @Sendable func passport(_ call: Call<NoBody, Passport>) async throws -> Reply<Passport> {
        let row = try await row(call)
        let shown = try store.shown(row, to: call.caller)
        let task = try ContractJSON.decode(TaskView.self, from: shown.json)
        let story = store.holdBack.shown(try await store.timeline(of: row.id), to: call.caller)
        let isFeedback = { (item: TimelineItem) in item.type == EventType.feedbackRecorded.rawValue }
        let version = try row.decodedAnalysis?.modelVersion
        return try Reply(
            .ok,
            Passport(
                task: task, model: try await version.asyncMap { try await projection.model($0) } ?? nil,
                rollout: try await version.asyncMap { try await projection.rollout(of: $0) } ?? nil,
                feedback: story.filter(isFeedback), events: story.filter { !isFeedback($0) }))
    }

    private func row<Value>(_ call: Call<NoBody, Value>) async throws -> TaskRow {
        let id = try call.required(PathParameters.task)
        guard let row = try await store.task(id, tenant: call.caller.tenant) else {
            throw try await erasures.missing(id, tenant: call.caller.tenant)
        }
        return row
    }
}

extension Optional {
    /// `map` with a question on the way.
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}

extension TaskRow {
    fileprivate var decodedAnalysis: Analysis? {
        get throws { try analysis.map { try ContractJSON.decode(Analysis.self, from: $0.bytes) } }
    }
}

extension TaskStore {
    /// Those of these tasks that are the tenant's, by id.
    fileprivate func tasks(_ ids: [Identifier], tenant: String) async throws -> [Identifier: TaskRow] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await pool.query(
            "SELECT \(TaskRow.columns) FROM task.tasks WHERE id = ANY ($1) AND tenant = $2", [ids.map(\.uuid), tenant])
        return Dictionary(uniqueKeysWithValues: try rows.map { try TaskRow($0) }.map { ($0.id, $0) })
    }
}
