package import Contracts

/// What the checks of a training's data found, as it is stored with the training.
package struct ValidationReport: Codable, Hashable, Sendable {
    package var format = 1
    package var checks: [DataCheck]
    /// What the next snapshot is compared with.
    package var summary: DatasetSummary
    /// Whether the training may go on.
    package var passed: Bool

    package init(checks: [DataCheck], summary: DatasetSummary) {
        self.checks = checks
        self.summary = summary
        passed = !checks.contains { $0.level == .failure }
    }

    /// The same after a person has looked at some failures and taken them for right: they warn.
    package func accepting(_ names: Set<String>) -> ValidationReport {
        ValidationReport(
            checks: checks.map { check in
                guard check.level == .failure, names.contains(check.name) else { return check }
                var check = check
                check.level = .warning
                check.text = "accepted by whoever asked for this training: " + check.text
                return check
            }, summary: summary)
    }

    /// Checks of a level, in the order of the report.
    package func checks(_ level: CheckLevel) -> [DataCheck] { checks.filter { $0.level == level } }

    /// One line with the failures, or with the warnings where there are none.
    package var reason: String {
        let failures = checks(.failure)
        let warnings = checks(.warning)
        guard failures.isEmpty else {
            return "the data don't pass: " + failures.map { "\($0.name): \($0.text)" }.joined(separator: "; ")
        }
        let counts = "\(checks.count) checks of the data passed"
        guard !warnings.isEmpty else { return counts }
        return counts + ", \(warnings.count) with a warning: " + warnings.map(\.name).joined(separator: ", ")
    }
}
