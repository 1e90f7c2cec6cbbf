import Contracts
import FoundationEssentials
import RetrainingTriggerCore
import TriageModel

/// What the child process that checks the data is given beside the snapshot: an order and the feedback without texts.
enum ValidationFiles {
    /// All but the feedback.
    struct Order: Codable, Sendable {
        var bound: EventTime
        var last: DatasetSummary?
        var moved: Set<String>?
        var limits: ValidationLimits
    }

    /// Writes both files. Blocks.
    static func write(_ order: Order, to path: String, items: [FeedbackItem], to feedbackPath: String) throws {
        try Data(try ContractJSON.encode(order)).write(to: URL(fileURLWithPath: path), options: .atomic)
        var lines: [UInt8] = []
        for item in items {
            lines += try ContractJSON.encode(FeedbackFact(item))
            lines.append(UInt8(ascii: "\n"))
        }
        try Data(lines).write(to: URL(fileURLWithPath: feedbackPath), options: .atomic)
    }

    /// Reads them again, with the snapshot. Blocks.
    static func read(
        order: String, feedback: String, snapshot: String, base: TriageModel
    ) throws -> (facts: ValidationInput, limits: ValidationLimits) {
        let order = try ContractJSON.decode(Order.self, from: try Data(contentsOf: URL(fileURLWithPath: order)))
        let facts = try Data(contentsOf: URL(fileURLWithPath: feedback)).split(separator: UInt8(ascii: "\n")).map {
            try ContractJSON.decode(FeedbackFact.self, from: $0)
        }
        let input = ValidationInput(
            examples: try SnapshotFolder.read(snapshot), feedback: facts, bound: order.bound, last: order.last,
            moved: order.moved ?? [], base: base)
        return (input, order.limits)
    }
}
