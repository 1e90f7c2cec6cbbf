extension CircuitBreaker {
    /// The three states, by the names that metrics and health use.
    package enum State: String, Sendable, Hashable, CaseIterable {
        case closed
        case open
        case halfOpen = "half-open"
    }

    /// A change of state, for the log line that tells of it.
    package struct Change: Sendable, Hashable {
        package enum Reason: String, Sendable, Hashable, CaseIterable {
            case failureRate = "failure_rate"
            case slowCallRate = "slow_call_rate"
            case probeSucceeded = "probe_succeeded"
            case probeIgnored = "probe_ignored"
        }

        package var from: State
        package var to: State
        package var reason: Reason

        package init(from: State, to: State, reason: Reason) {
            self.from = from
            self.to = to
            self.reason = reason
        }
    }

    /// Counts since the start; they only grow.
    package struct Totals: Sendable, Hashable {
        /// Calls let through, probes included.
        package internal(set) var permitted: UInt64 = 0
        package internal(set) var rejected: UInt64 = 0
        package internal(set) var probes: UInt64 = 0
        /// Probes that hadn't reported when the next one started.
        package internal(set) var lostProbes: UInt64 = 0
        /// Changes to open, those after a failed probe included.
        package internal(set) var opened: UInt64 = 0
        /// Results of calls of an earlier period, which changed nothing.
        package internal(set) var lateResults: UInt64 = 0
    }

    /// The state with what led to it.
    package struct Snapshot: Sendable, Hashable {
        package var state: State
        /// Until when calls are rejected; nil when one would be permitted or it is closed. It may lie in the past: an open
        /// breaker becomes half-open with the next request, not by itself.
        package var rejectsUntil: ContinuousClock.Instant?
        /// What the window holds; a failed slow call counts as both.
        package var calls: Int
        package var failures: Int
        package var slowCalls: Int
        package var totals: Totals
    }
}
