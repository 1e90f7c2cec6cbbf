import FoundationEssentials
import Rollout

/// A decision as the JSON that `triagectl route --json` prints.
struct RouteReport: Encodable {
    struct Bucket: Encodable {
        var experiment: String
        var bucket: Int
        var number: Int?
        /// Percentages.
        var weights: [String: Double]
        /// First and last bucket of each range.
        var ranges: [[Int]]
    }

    var table: String
    var tableVersion: String
    var user: String
    var tenant: String
    var tier: String?
    var group: String?
    var rule: String?
    var variant: String
    var provider: String
    var version: String?
    var reason: String
    var shadows: [String]
    var split: Bucket?
    var explanation: [String]
    /// The event `feature_flag.evaluation` of the decision.
    var evaluation: [String: String]

    init(_ decision: RoutingDecision) {
        table = decision.table
        tableVersion = decision.tableVersion
        user = decision.subject.user
        tenant = decision.subject.tenant
        tier = decision.subject.tier
        group = decision.subject.group
        rule = decision.rule
        variant = decision.variant
        provider = decision.target.provider
        version = decision.target.version
        reason = decision.reason.rawValue
        shadows = decision.shadows
        split = decision.bucket.map { bucket in
            Bucket(
                experiment: bucket.experiment, bucket: bucket.number, number: bucket.ordinal.map { $0 + 1 },
                weights: bucket.weights.mapValues { Double($0) / 100 },
                ranges: bucket.ranges.map { [$0.lowerBound, $0.upperBound - 1] })
        }
        explanation = decision.explanation
        evaluation = Dictionary(
            FlagEvaluation(decision).attributes.map { ($0.key, $0.value.description) }, uniquingKeysWith: { $1 })
    }

    var text: String { get throws { try Self.text(of: self) } }

    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
