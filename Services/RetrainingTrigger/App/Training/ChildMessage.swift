import Contracts
import RetrainingTriggerCore

/// A line that the child process prints.
struct ChildMessage: Codable, Sendable {
    enum Kind: String, Codable { case progress, comparison, failure }

    var kind: Kind
    /// A stage, or the reason of a failure.
    var text: String?
    /// 0 to 1.
    var fraction: Double?
    /// Of a failure: trying again would say the same.
    var isFinal: Bool?
    var comparison: ModelComparison?

    enum CodingKeys: String, CodingKey {
        case kind, text, fraction, comparison
        case isFinal = "final"
    }
}
