/// What somebody counted of the analyses of both versions, as events one by one.
package struct ServedCounts: Sendable, Hashable {
    /// Of one arm.
    package struct Arm: Sendable, Hashable {
        package var failures: Int
        /// So many analyses took about so long.
        package var latencies: [(milliseconds: Double, count: Int)]

        package init(failures: Int = 0, latencies: [(milliseconds: Double, count: Int)] = []) {
            self.failures = max(0, failures)
            self.latencies = latencies.filter { $0.count > 0 }
        }

        package var analyses: Int { failures + latencies.reduce(0) { $0 + $1.count } }

        package static func == (left: Arm, right: Arm) -> Bool {
            left.failures == right.failures && left.latencies.elementsEqual(right.latencies, by: ==)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(failures)
            for latency in latencies {
                hasher.combine(latency.milliseconds)
                hasher.combine(latency.count)
            }
        }
    }

    package var arms: PerArm<Arm>

    package init(champion: Arm = Arm(), challenger: Arm = Arm()) {
        arms = PerArm(champion: champion, challenger: challenger)
    }

    /// The analyses, arms and failures evenly mixed: how they are ordered depends on how many there were, not on which of
    /// them failed first, which is not known any more.
    package var events: [CanaryEvent] {
        var queues = PerArm(
            champion: Self.mixed(.champion, arms.champion)[...],
            challenger: Self.mixed(.challenger, arms.challenger)[...])
        let total = (champion: Double(queues.champion.count), challenger: Double(queues.challenger.count))
        var events: [CanaryEvent] = []
        events.reserveCapacity(queues.champion.count + queues.challenger.count)
        while !queues.champion.isEmpty || !queues.challenger.isEmpty {
            let old = queues.champion.isEmpty ? -1 : Double(queues.champion.count) / total.champion
            let new = queues.challenger.isEmpty ? -1 : Double(queues.challenger.count) / total.challenger
            // Who has the larger part still to come.
            if let event = old >= new ? queues.champion.popFirst() : queues.challenger.popFirst() {
                events.append(event)
            }
        }
        return events
    }

    private static func mixed(_ arm: CanaryArm, _ counts: Arm) -> [CanaryEvent] {
        let total = counts.analyses
        var latencies = counts.latencies.flatMap { Array(repeating: $0.milliseconds, count: $0.count) }[...]
        var failed = 0
        return (0..<total).map { index in
            // The k-th failure comes when so many of all have come.
            if (failed * 2 + 1) * total <= (index * 2 + 1) * counts.failures, failed < counts.failures {
                failed += 1
                return .served(arm, failed: true, latencyMilliseconds: 0)
            }
            guard let latency = latencies.popFirst() else {
                failed += 1
                return .served(arm, failed: true, latencyMilliseconds: 0)
            }
            return .served(arm, failed: false, latencyMilliseconds: latency)
        }
    }
}
