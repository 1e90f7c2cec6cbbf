import Contracts
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Observability
import TaskAPIContract
import TaskAPICore

/// Everything of a tenant, for other programs and for spreadsheets.
struct ExportRoutes: Sendable {
    let store: ExportStore
    let holdBack: HoldBack
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.exportLines) { try export($0, isTable: false, type: "application/x-ndjson") }
        routes.bind(API.exportCSV) { try export($0, isTable: true, type: "text/csv; charset=utf-8") }
    }

    /// The rows go out as they are read: the client's pace is the database's.
    private func export(_ call: Call<NoBody, NoValue>, isTable: Bool, type: String) throws -> Reply<NoValue> {
        let kind = try call.required(PathParameters.export)
        let order = ExportStore.Order(
            kind: kind, tenant: call.caller.tenant, project: try call(QueryParameters.project),
            createdFrom: try call(QueryParameters.createdFrom), createdBefore: try call(QueryParameters.createdBefore))
        let rows = ExportWriter(order: order, isTable: isTable, caller: call.caller, holdBack: holdBack)
        let (store, logger, story) = (store, logger, call.story)
        let body = ResponseBody { writer in
            if let header = rows.header { try await writer.write(ByteBuffer(bytes: header)) }
            var last = Identifier.zero
            var count = 0
            while true {
                // The body is written after the handler's end, so that it is limited anew.
                let (tasks, bytes) = try await TenantWall.limited(to: order.tenant) { [last] in
                    let tasks = try await store.tasks(order, after: last)
                    return (
                        tasks,
                        kind == .feedback
                            ? try rows.feedback(try await store.feedback(on: tasks)) : try rows.tasks(tasks)
                    )
                }
                if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) }
                count += tasks.count
                guard tasks.count == ExportStore.step, let end = tasks.last else { break }
                last = end.id
            }
            logger.event(
                .notice, "exported", story: story, more: ["kind": "\(kind.rawValue)", "tasks": "\(count)"])
            try await writer.finish(nil)
        }
        return Reply(
            headers: [
                .contentType: type, .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"\(kind.rawValue).\(isTable ? "csv" : "ndjson")\"",
            ], body: body)
    }
}
