import Contracts

/// What the gate found, in words.
enum GateReason {
    /// Findings that a reason names; the decision has them all.
    private static let named = 4

    static func text(
        speaks: Bool, _ findings: [GateFinding], pairs: [ModelComparison.Pairs], fieldTasks: Int
    ) -> String {
        guard speaks else {
            let most = pairs.map(\.tasks).max() ?? 0
            return "too little to judge by: \(most) held-out labels, \(fieldTasks) needed"
        }
        let failures = findings.filter { $0.level == .failure }
        guard failures.isEmpty else {
            let more = failures.count > named ? "; and \(failures.count - named) more" : ""
            return "worse than the champion: "
                + failures.prefix(named).map { "\(finding($0)): \($0.rule)" }.joined(separator: "; ") + more
        }
        let counts = pairs.filter { $0.tasks >= fieldTasks }.map { pair in
            let own = findings.first {
                $0.slice == "all" && [.accuracy, .error].map { name(pair.field, $0) }.contains($0.measure)
            }
            return "\(pair.field.rawValue): \(pair.won) won, \(pair.lost) lost of \(pair.tasks) held-out tasks"
                + (own.map { ", \($0.measure.split(separator: " ").last ?? "") \(change($0))" } ?? "")
        }
        let unjudged = findings.filter { $0.isProtected && $0.level == .note }
        return "not worse than the champion: " + counts.joined(separator: "; ")
            + (unjudged.isEmpty ? "" : "; not judged: " + Set(unjudged.map(\.slice)).sorted().joined(separator: ", "))
    }

    /// `project:web (protected) category accuracy 0.810 → 0.700 of 60 tasks`.
    private static func finding(_ finding: GateFinding) -> String {
        "\(finding.slice)\(finding.isProtected ? " (protected)" : "") \(finding.measure) \(change(finding)) "
            + "on \(NumberText.count(finding.tasks, "task"))"
    }

    private static func change(_ finding: GateFinding) -> String {
        "\(finding.champion.map(short) ?? "none") → \(finding.challenger.map(short) ?? "none")"
    }

    static func measure(_ contrast: Contrast) -> String { name(contrast.field, contrast.measure) }

    private static func name(_ field: TriageField, _ measure: Contrast.Measure) -> String {
        let name =
            switch measure {
            case .accuracy: "accuracy"
            case .error: "error"
            case .f1: "F1"
            case .macroF1: "macro-F1"
            case .calibration: "ECE"
            }
        return "\(field.rawValue) \(name)"
    }

    /// `5 points` of a hundred; of an error a share of it.
    static func margin(_ share: Double, _ measure: Contrast.Measure) -> String {
        let percent = NumberText.percent(share)
        return measure == .error ? "\(percent) of the champion's error" : "\(percent.dropLast(2)) points"
    }

    /// Three digits after the point, none for whole numbers above 10.
    static func short(_ value: Double) -> String {
        guard abs(value) < 1e12 else { return "\(value)" }
        let thousandths = Int((abs(value) * 1_000).rounded())
        let sign = value < 0 && thousandths > 0 ? "-" : ""
        if thousandths % 1_000 == 0, thousandths >= 10_000 { return sign + String(thousandths / 1_000) }
        let digits = String(thousandths % 1_000)
        return "\(sign)\(thousandths / 1_000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
