/// Where a task goes, with everything that led there.
package struct RoutingDecision: Sendable, Hashable {
    /// Why, by the names of OpenTelemetry's `feature_flag.result.reason`.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The table has no rules and one variant for all.
        case `static`
        /// A rule matched and fixes the variant.
        case targetingMatch = "targeting_match"
        /// The user's bucket chose.
        case split
        /// No rule matched, and the variant for the others is fixed.
        case `default`
        /// A bucket should have chosen, but there is no user to have one.
        case error
    }

    /// How a bucket chose.
    package struct Bucket: Sendable, Hashable {
        package var experiment: String
        /// 0 to 9999.
        package var number: Int
        /// The user's ordinal in a balanced experiment; nil when a hash alone gave the bucket.
        package var ordinal: Int?
        /// Hundredths of a percent for each variant.
        package var weights: [String: Int]
        /// The buckets of the chosen variant.
        package var ranges: [Range<Int>]
    }

    package var table: String
    package var tableVersion: String
    package var subject: RouteSubject
    /// The rule that matched; nil when none did.
    package var rule: String?
    package var variant: String
    package var target: RouteVariant
    /// Variants that are also to run without being shown; never the chosen one. Nobody runs them yet.
    package var shadows: [String]
    package var reason: Reason
    /// nil when no bucket was needed.
    package var bucket: Bucket?

    /// The decision in words, a line for each step.
    package var explanation: [String] {
        var lines = [
            "asked by \(subject)",
            rule.map { "rule \"\($0)\" is the first that matches" } ?? "no rule matches",
        ]
        switch (bucket, reason) {
        case (let bucket?, _):
            let weights = bucket.weights.sorted { $0.key < $1.key }.map { "\($0.key) \(Percent.text($0.value)) %" }
            let origin = bucket.ordinal.map { "user number \($0 + 1) of the experiment" } ?? "a hash of tenant and user"
            let ranges = bucket.ranges.map { "\($0.lowerBound)-\($0.upperBound - 1)" }
            lines.append("experiment \(bucket.experiment) has the weights \(weights.joined(separator: ", "))")
            lines.append("\(origin) gives bucket \(bucket.number), of 0-9999")
            lines.append("\(variant) has the buckets \(ranges.joined(separator: ", "))")
        case (nil, .error): lines.append("without a user there is no bucket: the largest share, \(variant), serves")
        case (nil, _): lines.append("it names the variant \(variant)")
        }
        if !shadows.isEmpty {
            lines.append("shadows, which ai-analyzer doesn't run yet: \(shadows.joined(separator: ", "))")
        }
        return lines
    }
}
