import Contracts
import RetrainingTriggerCore

/// A line that the child process prints.
struct ChildMessage: Codable, Sendable {
    enum Kind: String, Codable { case progress, comparison, failure, ended }

    var kind: Kind
    /// A stage, the reason of a failure, or the last lines of a program that ended.
    var text: String?
    /// 0 to 1.
    var fraction: Double?
    /// Of a failure: trying again would say the same.
    var isFinal: Bool?
    var comparison: ModelComparison?
    /// How somebody's program ended: by itself, or by a signal.
    var code: Int32?
    var signal: Int32?

    enum CodingKeys: String, CodingKey {
        case kind, text, fraction, comparison, code, signal
        case isFinal = "final"
    }
}
