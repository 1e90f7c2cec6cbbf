extension RoutingTable {
    /// Where this subject's task goes, and why. Never fails; equal input gives an equal answer.
    ///
    /// A user without an id can't be sticky: a split then serves its largest share, and the reason is ``RoutingDecision/Reason/error``.
    /// - Parameter ordinal: the user's number in the experiment of ``ordinalNeeded(for:)``. A balanced split without it
    ///   goes by hash and says so; the same user must always come with it or always without.
    package func decide(for subject: RouteSubject, ordinal: Int? = nil) -> RoutingDecision {
        let rule = rules.first { $0.when.matches(subject) }
        let route = rule?.route ?? otherwise
        let (variant, reason, bucket): (String, RoutingDecision.Reason, RoutingDecision.Bucket?) =
            switch route.choice {
            case .fixed(let variant): (variant, rule != nil ? .targetingMatch : rules.isEmpty ? .static : .default, nil)
            case .split(let split): Self.choose(split, subject, ordinal)
            }
        return RoutingDecision(
            table: name, tableVersion: version, subject: subject, rule: rule?.name, variant: variant,
            target: variants[variant] ?? RouteVariant(provider: variant),
            shadows: route.shadows.filter { $0 != variant },
            reason: reason, bucket: bucket)
    }

    /// The experiment in which the subject's ordinal decides; nil when none is needed.
    package func ordinalNeeded(for subject: RouteSubject) -> String? {
        guard !subject.user.isEmpty else { return nil }
        let route = rules.first { $0.when.matches(subject) }?.route ?? otherwise
        guard let split = route.split, split.assignment == .balanced else { return nil }
        return split.experiment
    }

    private static func choose(
        _ split: Split, _ subject: RouteSubject, _ ordinal: Int?
    ) -> (String, RoutingDecision.Reason, RoutingDecision.Bucket?) {
        guard let map = split.map, !subject.user.isEmpty else { return (largest(split), .error, nil) }
        let ordinal = split.assignment == .balanced ? ordinal : nil
        let bucket =
            if let ordinal {
                StickyBucket.balanced(
                    experiment: split.experiment, tenant: subject.tenant, user: subject.user, ordinal: ordinal)
            } else {
                StickyBucket.byHash(experiment: split.experiment, tenant: subject.tenant, user: subject.user)
            }
        let variant = map.owner(of: bucket)
        return (
            variant, .split,
            RoutingDecision.Bucket(
                experiment: split.experiment, number: bucket, ordinal: ordinal, weights: split.weights,
                ranges: map.ranges[variant] ?? [])
        )
    }

    /// The variant of the largest share; of equal ones the first by name.
    private static func largest(_ split: Split) -> String {
        split.weights.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? ""
    }
}
