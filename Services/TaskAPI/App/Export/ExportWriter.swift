import Contracts
import TaskAPICore

/// Rows as one export writes them, as its caller may see them.
struct ExportWriter: Sendable {
    let order: ExportStore.Order
    let isTable: Bool
    let caller: Caller
    let holdBack: HoldBack

    /// The line before the first row; nil for none.
    var header: [UInt8]? {
        guard isTable else { return nil }
        let names =
            switch order.kind {
            case .tasks:
                [
                    "id", "project", "author", "title", "body", "labels", "revision", "status", "category", "priority",
                    "effort", "created_at", "updated_at", "correlation_id",
                ]
            case .analyses:
                [
                    "task_id", "revision", "analysis_id", "model_version", "variant", "rung", "degraded", "category",
                    "category_confidence", "category_zone", "priority", "priority_confidence", "priority_zone",
                    "effort", "effort_low", "effort_high", "analysed_at",
                ]
            case .feedback:
                [
                    "event_id", "task_id", "revision", "time", "user", "field", "value", "provenance", "suggested",
                    "correlation_id",
                ]
            }
        return CSV.row(names.map { .plain($0) })
    }

    /// What these tasks give.
    func tasks(_ rows: [TaskRow]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for row in rows {
            let json = try ShownTask(row, to: caller, by: holdBack).json
            if isTable {
                let view = try ContractJSON.decode(TaskView.self, from: json)
                bytes +=
                    order.kind == .tasks
                    ? CSV.row(Self.cells(view)) : view.analysis.map { CSV.row(Self.cells($0)) } ?? []
            } else if order.kind == .tasks {
                bytes += json + [0x0A]
            } else if let analysis = try ContractJSON.decode(TaskView.self, from: json).analysis {
                bytes += try ContractJSON.encode(analysis) + [0x0A]
            }
        }
        return bytes
    }

    /// What this feedback gives.
    func feedback(_ items: [TimelineItem]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for item in holdBack.shown(items, to: caller) {
            guard isTable else {
                bytes += try ContractJSON.encode(item) + [0x0A]
                continue
            }
            guard case .array(let fields)? = item.summary["fields"] else { continue }
            for field in fields {
                bytes += CSV.row([
                    .plain(item.eventID.description), .plain(item.taskID.description), .plain("\(item.revision)"),
                    .plain(item.time.description), .text(item.summary["user"]?.stringValue),
                    .plain(field["field"]?.stringValue), .text(Self.text(field["value"])),
                    .plain(field["provenance"]?.stringValue), .text(Self.text(field["suggested"])),
                    .text(item.correlationID),
                ])
            }
        }
        return bytes
    }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text)?: text
        case .number(let number)?: FieldValue.number(number).description
        default: nil
        }
    }

    private static func cells(_ task: TaskView) -> [CSV.Cell] {
        [
            .plain(task.id.description), .text(task.project), .text(task.author), .text(task.title), .text(task.body),
            .text(task.labels.joined(separator: " ")), .plain("\(task.revision)"), .plain(task.status.rawValue),
            .text(task.fields.category?.value.description), .text(task.fields.priority?.value.description),
            .plain(task.fields.effort?.value.description), .plain(task.createdAt.description),
            .plain(task.updatedAt.description), .text(task.correlationID),
        ]
    }

    private static func cells(_ analysis: Analysis) -> [CSV.Cell] {
        let number = { (value: Double?) in CSV.Cell.plain(value.map { FieldValue.number($0).description }) }
        return [
            .plain(analysis.taskID.description), .plain("\(analysis.revision)"),
            .plain(analysis.analysisID.description), .text(analysis.modelVersion), .text(analysis.variant),
            .plain(analysis.rung.rawValue), .plain("\(analysis.degraded)"), .text(analysis.category?.value),
            number(analysis.category?.confidence), .plain(analysis.category?.zone.rawValue),
            .text(analysis.priority?.value), number(analysis.priority?.confidence),
            .plain(analysis.priority?.zone.rawValue), number(analysis.effort?.points), number(analysis.effort?.low),
            number(analysis.effort?.high), .plain(analysis.analysedAt.description),
        ]
    }
}
