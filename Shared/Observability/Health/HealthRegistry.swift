import Synchronization

/// How one part of a service is.
package enum HealthStatus: Sendable, Equatable {
    case pass
    /// Degraded, and still serving: stays ready.
    case warn(String)
    case fail(String)
}

/// The answer of one check.
package struct HealthResult: Sendable, Equatable {
    package let name: String
    /// Whether the service is unready while this check fails.
    package let isRequired: Bool
    package let status: HealthStatus

    package init(name: String, isRequired: Bool, status: HealthStatus) {
        self.name = name
        self.isRequired = isRequired
        self.status = status
    }
}

/// The answers of all checks, in the order of their registration.
package struct HealthReport: Sendable, Equatable {
    package let results: [HealthResult]

    package init(results: [HealthResult]) { self.results = results }

    /// Whether traffic may come: no required check fails.
    package var isReady: Bool {
        !results.contains { result in
            if case .fail = result.status { return result.isRequired }
            return false
        }
    }

    /// The worst of all, a failed optional check counting as degraded.
    package var status: HealthStatus {
        var worst = HealthStatus.pass
        for result in results {
            switch result.status {
            case .pass: continue
            case .warn(let reason): if worst == .pass { worst = .warn("\(result.name): \(reason)") }
            case .fail(let reason):
                if result.isRequired { return .fail("\(result.name): \(reason)") }
                if worst == .pass { worst = .warn("\(result.name): \(reason)") }
            }
        }
        return worst
    }
}

/// The checks behind `/readyz`, each bounded in time.
package final class HealthRegistry: Sendable {
    private struct State {
        var checks: [HealthCheck] = []
        var isDraining = false
        var hasStarted = false
    }

    private let state = Mutex(State())
    private let limit: Duration

    /// - Parameter limit: the longest any check may take; then it counts as failed.
    package init(limit: Duration = .seconds(1)) { self.limit = limit }

    /// Adds a check, or replaces the one of the same name.
    package func register(
        _ name: String, isRequired: Bool = true, _ check: @escaping @Sendable () async -> HealthStatus
    ) {
        let added = HealthCheck(name: name, isRequired: isRequired, check: check)
        state.withLock { state in
            if let index = state.checks.firstIndex(where: { $0.name == name }) {
                state.checks[index] = added
            } else {
                state.checks.append(added)
            }
        }
    }

    /// From now on the service is unready: it is shutting down, and no new traffic should come.
    package func drain() { state.withLock { $0.isDraining = true } }

    /// Asks all checks at once; takes no longer than the limit, whatever a check does.
    package func report() async -> HealthReport {
        let (checks, isDraining) = state.withLock { ($0.checks, $0.isDraining) }
        let limit = limit
        var results = await withTaskGroup(of: (Int, HealthResult).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    let status = await check.status(limit: limit)
                    return (index, HealthResult(name: check.name, isRequired: check.isRequired, status: status))
                }
            }
            var answers: [(Int, HealthResult)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
        if isDraining {
            results.append(HealthResult(name: "shutdown", isRequired: true, status: .fail("shutting down")))
        }
        let report = HealthReport(results: results)
        if report.isReady { state.withLock { $0.hasStarted = true } }
        return report
    }

    /// Whether the service has been ready once; stays true.
    package func hasStarted() async -> Bool {
        if state.withLock({ $0.hasStarted }) { return true }
        return await report().isReady
    }
}
