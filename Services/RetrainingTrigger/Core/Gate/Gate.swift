package import Contracts
import TriageModel

/// Whether a challenger may serve, by the rules of docs/training.md and ADR 27.
///
/// It may unless it is worse than the champion on the tasks that neither has seen. Worse is, what chance hardly explains,
/// or what is large: a loss beyond the margin. Fields and slices with too few labels don't speak; when no field speaks,
/// the challenger is rejected.
package enum Gate {
    /// Equal input gives an equal answer; each finding carries its numbers and its rule.
    package static func decide(_ comparison: ModelComparison, limits: GateLimits = GateLimits()) -> GateDecision {
        var judge = Judge(limits: limits)
        let overall = comparison.contrasts.filter { $0.slice == nil }
        let speaks = judge.fields(overall)
        judge.macroF1(overall)
        judge.calibration(overall)
        judge.protected(comparison.contrasts.filter { $0.slice != nil && $0.isProtected })
        judge.others(comparison.contrasts.filter { $0.slice != nil && !$0.isProtected })
        judge.cost(comparison)
        let failures = judge.findings.filter { $0.level == .failure }
        let verdict: GateDecision.Verdict = speaks && failures.isEmpty ? .promote : .reject
        let reason = GateReason.text(
            speaks: speaks, judge.findings, pairs: comparison.pairs, fieldTasks: limits.fieldTasks)
        return GateDecision(
            verdict: verdict, reason: String(reason.unicodeScalars.prefix(2_000)), tasks: comparison.tasks,
            groups: comparison.groups, samples: ResampledSums.replicates, confidence: Contrast.confidence,
            omittedSlices: comparison.omittedSlices, findings: judge.findings)
    }
}

/// Applies one rule after the other.
private struct Judge {
    let limits: GateLimits
    var findings: [GateFinding] = []

    init(limits: GateLimits) { self.limits = limits }

    /// - Returns: whether any field has enough labels.
    mutating func fields(_ overall: [Contrast]) -> Bool {
        let fields = overall.filter { $0.measure == .accuracy || $0.measure == .error }
        let judged = fields.filter { $0.tasks >= limits.fieldTasks }
        let significant = Holm.significant(judged.map { $0.chance ?? 1 }, level: limits.level)
        for contrast in fields {
            guard let place = judged.firstIndex(of: contrast) else {
                add(contrast, .note, "fewer than \(limits.fieldTasks) labels: not judged")
                continue
            }
            strict(contrast, isSignificant: significant[place], margin: limits.margin)
        }
        return !judged.isEmpty
    }

    /// The mean over labels is noisier than the share of right answers: both a loss beyond the margin and significance.
    mutating func macroF1(_ overall: [Contrast]) {
        for contrast in overall where contrast.measure == .macroF1 { lenient(contrast, margin: limits.margin) }
    }

    mutating func calibration(_ overall: [Contrast]) {
        for contrast in overall where contrast.measure == .calibration {
            lenient(contrast, margin: limits.calibrationMargin)
        }
    }

    mutating func protected(_ contrasts: [Contrast]) {
        for contrast in contrasts {
            guard let chance = contrast.chance else {
                add(contrast, .note, "protected, but fewer than \(limits.sliceTasks) tasks: not judged")
                continue
            }
            strict(contrast, isSignificant: chance <= limits.level, margin: limits.protectedMargin)
        }
    }

    mutating func others(_ contrasts: [Contrast]) {
        let significant = Holm.significant(contrasts.map { $0.chance ?? 1 }, level: limits.level)
        for (contrast, isSignificant) in zip(contrasts, significant) {
            let isLarge = (contrast.loss ?? 0) > limits.sliceMargin + 1e-9
            let margin = GateReason.margin(limits.sliceMargin, contrast.measure)
            let level: CheckLevel = isLarge && isSignificant ? .failure : (isLarge ? .warning : .ok)
            let rule =
                level == .failure
                ? "worse by more than \(margin), and by more than chance among all slices"
                : "must not be worse by more than \(margin) and by more than chance"
            add(contrast, level, rule, limit: limits.sliceMargin)
        }
    }

    mutating func cost(_ comparison: ModelComparison) {
        let times = (comparison.champion.predictionMicroseconds, comparison.challenger.predictionMicroseconds)
        ratio("prediction microseconds", times, limits.latencyRatio, floor: GateLimits.latencyFloor, comparison.tasks)
        let bytes = (Double(comparison.championBytes), Double(comparison.challengerBytes))
        ratio("artifact bytes", bytes, limits.sizeRatio, floor: GateLimits.sizeFloor, comparison.tasks)
    }

    /// Significance or the margin alone is enough.
    private mutating func strict(_ contrast: Contrast, isSignificant: Bool, margin: Double) {
        if contrast.challenger == nil, contrast.champion != nil {
            return add(contrast, .failure, "the challenger has no answers")
        }
        guard let loss = contrast.loss else {
            return add(contrast, .ok, "the champion has no answers")
        }
        if loss > margin + 1e-9 {
            add(contrast, .failure, "worse by more than \(GateReason.margin(margin, contrast.measure))", limit: margin)
        } else if isSignificant, loss > 1e-9 {
            add(contrast, .failure, "worse by more than chance explains", limit: margin)
        } else {
            add(
                contrast, .ok,
                "must not be worse by more than chance or by more than \(GateReason.margin(margin, contrast.measure))",
                limit: margin)
        }
    }

    /// It takes both.
    private mutating func lenient(_ contrast: Contrast, margin: Double) {
        guard contrast.tasks >= limits.sliceTasks, let chance = contrast.chance else {
            return add(contrast, .note, "fewer than \(limits.sliceTasks) labels: not judged")
        }
        let isLarge = (contrast.loss ?? 0) > margin + 1e-9
        let level: CheckLevel = isLarge ? (chance <= limits.level / 2 ? .failure : .warning) : .ok
        add(
            contrast, level,
            level == .failure
                ? "worse by more than \(GateReason.margin(margin, contrast.measure)), and by more than chance explains"
                : "must not be worse by more than \(GateReason.margin(margin, contrast.measure)) and by more than chance",
            limit: margin)
    }

    private mutating func ratio(
        _ measure: String, _ values: (Double, Double), _ limit: Double, floor: Double, _ tasks: Int
    ) {
        let allowed = max(values.0 * limit, floor)
        findings.append(
            GateFinding(
                slice: "all", measure: measure, level: values.1 > allowed ? .failure : .ok, tasks: tasks,
                champion: values.0, challenger: values.1, limit: allowed - values.0,
                rule: "at most \(GateReason.short(limit)) times the champion's, or \(GateReason.short(floor))"))
    }

    /// - Parameter limit: of the loss; the finding gets it as a difference.
    private mutating func add(_ contrast: Contrast, _ level: CheckLevel, _ rule: String, limit: Double? = nil) {
        let difference = limit.map { limit in
            switch contrast.measure {
            case .accuracy, .f1, .macroF1: -limit
            case .calibration: limit
            case .error: limit * (contrast.champion ?? 1)
            }
        }
        findings.append(
            GateFinding(
                slice: contrast.slice?.description ?? "all", measure: GateReason.measure(contrast),
                isProtected: contrast.isProtected, level: level, tasks: contrast.tasks, champion: contrast.champion,
                challenger: contrast.challenger, low: contrast.low, high: contrast.high, chance: contrast.chance,
                limit: difference, rule: rule))
    }
}

/// Holm's step-down procedure (Scandinavian Journal of Statistics 6, 1979): with a probability of at most the level any
/// true hypothesis is rejected.
enum Holm {
    static func significant(_ chances: [Double], level: Double) -> [Bool] {
        var significant = [Bool](repeating: false, count: chances.count)
        let order = chances.indices.sorted { (chances[$0], $0) < (chances[$1], $1) }
        for (rank, place) in order.enumerated() {
            guard chances[place] <= level / Double(chances.count - rank) else { break }
            significant[place] = true
        }
        return significant
    }
}
