import Contracts

/// What the gate decided, as a person reads it.
struct GateReport {
    let decision: GateDecision

    func print() {
        Console.line(
            "gate: \(decision.verdict.rawValue), by \(decision.tasks) held-out tasks"
                + (decision.groups < decision.tasks ? " (\(decision.groups) with near copies counted once)" : "")
                + "; intervals of \(Int((decision.confidence * 100).rounded())) % from \(decision.samples) samples")
        Console.line("  \(decision.reason.clipped(to: 2_000))")
        Console.line()
        var table = TextTable(
            "LEVEL", "SLICE", "MEASURE", "TASKS", "CHAMPION", "CHALLENGER", "DIFFERENCE", "INTERVAL", "LIMIT")
        for finding in decision.findings {
            table.add(
                finding.level.rawValue, (finding.isProtected ? "*" : "") + finding.slice.clipped(to: 50),
                finding.measure.clipped(to: 30), String(finding.tasks), finding.champion.map(metricText) ?? "-",
                finding.challenger.map(metricText) ?? "-", finding.difference.map(Self.signed) ?? "-",
                Self.interval(finding), finding.limit.map(Self.signed) ?? "-")
        }
        table.print()
        if decision.findings.contains(where: \.isProtected) { Console.line("* protected: GATE_PROTECTED_SLICES") }
        if decision.omittedSlices > 0 {
            Console.line("\(decision.omittedSlices) smaller slices were not looked at: GATE_SLICES")
        }
        for finding in decision.findings where finding.level != .ok && (finding.level != .note || finding.isProtected) {
            Console.line(
                "\(finding.level.rawValue): \(finding.slice.clipped(to: 50)) \(finding.measure.clipped(to: 30)): "
                    + finding.rule.clipped(to: 300))
        }
    }

    private static func interval(_ finding: GateFinding) -> String {
        guard let low = finding.low, let high = finding.high else { return "-" }
        return "\(signed(low)) to \(signed(high))"
    }

    private static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + metricText(value) }
}
