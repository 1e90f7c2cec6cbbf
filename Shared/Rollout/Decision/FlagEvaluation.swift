/// A decision as OpenTelemetry's event `feature_flag.evaluation` (semantic conventions for feature flags in events,
/// release candidate): emit it for each decision, equal ones too.
package struct FlagEvaluation: Sendable, Hashable {
    /// The event's name.
    package static let eventName = "feature_flag.evaluation"
    /// `feature_flag.provider.name`: who evaluates.
    package static let providerName = "triageloop"

    /// Attributes of the conventions, in their order, then ours (`triageloop.route.…`); all are strings but the bucket.
    package let attributes: [(key: String, value: Value)]

    package enum Value: Sendable, Hashable, CustomStringConvertible {
        case string(String)
        case integer(Int)

        package var description: String {
            switch self {
            case .string(let text): text
            case .integer(let number): String(number)
            }
        }
    }

    package init(_ decision: RoutingDecision) {
        var attributes: [(key: String, value: Value)] = [
            ("feature_flag.key", .string(decision.table)),
            ("feature_flag.provider.name", .string(Self.providerName)),
            ("feature_flag.result.variant", .string(decision.variant)),
            ("feature_flag.result.reason", .string(decision.reason.rawValue)),
            ("feature_flag.version", .string(decision.tableVersion)),
        ]
        // Required if and only if there was an error, from the conventions' closed list.
        if decision.reason == .error { attributes.append(("error.type", .string("targeting_key_missing"))) }
        if !decision.subject.user.isEmpty {
            attributes.append(("feature_flag.context.id", .string(decision.subject.user)))
        }
        // What rules by tier and group went by.
        if let tier = decision.subject.tier { attributes.append(("triageloop.route.tier", .string(tier))) }
        if let group = decision.subject.group { attributes.append(("triageloop.route.group", .string(group))) }
        if let rule = decision.rule { attributes.append(("triageloop.route.rule", .string(rule))) }
        if let bucket = decision.bucket {
            attributes.append(("triageloop.route.experiment", .string(bucket.experiment)))
            attributes.append(("triageloop.route.bucket", .integer(bucket.number)))
        }
        self.attributes = attributes
    }

    package subscript(key: String) -> Value? { attributes.first { $0.key == key }?.value }

    package static func == (left: FlagEvaluation, right: FlagEvaluation) -> Bool {
        left.attributes.elementsEqual(right.attributes) { $0.key == $1.key && $0.value == $1.value }
    }

    package func hash(into hasher: inout Hasher) {
        for (key, value) in attributes {
            hasher.combine(key)
            hasher.combine(value)
        }
    }
}
