import Contracts
import Foundation
import RetrainingTriggerCore
import SpoiltData
import TriageModel

/// Spoils public issues in ten ways and prints what the checks say; see `Tests/Benchmarks/validation`.
@main
struct ValidationBench {
    private static let amounts = [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

    static func main() throws {
        guard CommandLine.arguments.count > 2 else {
            FileHandle.standardError.write(
                Data("usage: ValidationBench clean|spoilt|redaction|scale FOLDER [SEEDS]\n".utf8))
            exit(64)
        }
        let base = try TriageModel.base()
        let folder = CommandLine.arguments[2]
        let seeds = CommandLine.arguments.count > 3 ? UInt64(CommandLine.arguments[3]) ?? 3 : 3
        switch CommandLine.arguments[1] {
        case "clean": try clean(folder, base, seeds)
        case "redaction": try redaction(folder, base)
        case "scale": try scale(folder, base)
        default: try spoilt(folder, base, seeds)
        }
    }

    // MARK: Ten ways

    private static func spoilt(_ folder: String, _ base: TriageModel, _ seeds: UInt64) throws {
        let tasks = try PublicTasks.categories(folder)
        print("| spoilt how | check | amount | level | observed | warns from | fails from | others that fail |")
        print("|---|---|---:|---|---:|---:|---:|---|")
        var isCaught = true
        for spoiling in Spoiling.allCases {
            var row = Row()
            for seed in 1...seeds {
                let history = TeamHistory(tasks, seed: seed, model: base)
                let last = history.first(2.0 / 3).report(last: nil, base: base).summary
                func check(_ amount: Double) -> (CheckLevel, Double?, [String]) {
                    let report = spoiling.applied(to: history, amount: amount, seed: seed).report(
                        last: last, base: base)
                    let own = report.checks.first { $0.name == spoiling.check.rawValue }
                    return (
                        own?.level ?? .note, own?.observed,
                        report.checks(.failure).map(\.name).filter { $0 != spoiling.check.rawValue }
                    )
                }
                let (level, observed, others) = check(spoiling.realisticAmount)
                isCaught = isCaught && level == .failure
                row.levels.append(level)
                row.observed.append(observed ?? 0)
                row.others.formUnion(others)
                // Upwards until it fails.
                for amount in amounts {
                    let level = check(amount).0
                    if level == .warning || level == .failure, row.warns[seed] == nil { row.warns[seed] = amount }
                    if level == .failure {
                        row.fails[seed] = amount
                        break
                    }
                }
            }
            print(row.text(spoiling))
        }
        print(isCaught ? "RESULT all ten caught by the check meant for them" : "RESULT NOT all ten caught")
        if !isCaught { exit(1) }
    }

    private struct Row {
        var levels: [CheckLevel] = []
        var observed: [Double] = []
        var others: Set<String> = []
        var warns: [UInt64: Double] = [:]
        var fails: [UInt64: Double] = [:]

        func text(_ spoiling: Spoiling) -> String {
            let level = Set(levels.map(\.rawValue)).sorted().joined(separator: "/")
            let mean = observed.reduce(0, +) / Double(max(observed.count, 1))
            return
                "| \(spoiling.rawValue) | `\(spoiling.check.rawValue)` | \(spoiling.realisticAmount) of \(spoiling.unit) "
                + "| \(level) | \(format(mean)) | \(range(warns)) | \(range(fails)) | "
                + "\(others.sorted().joined(separator: ", ")) |"
        }

        private func range(_ amounts: [UInt64: Double]) -> String {
            guard let least = amounts.values.min(), let most = amounts.values.max() else { return "never" }
            return least == most ? "\(least)" : "\(least)-\(most)"
        }

        private func format(_ value: Double) -> String { String((value * 1_000).rounded() / 1_000) }
    }

    // MARK: Clean data

    private static func clean(_ folder: String, _ base: TriageModel, _ seeds: UInt64) throws {
        let tasks = try PublicTasks.categories(folder)
        var sets: [(name: String, tasks: [TrueTask])] = [("all five projects", tasks)]
        for project in Set(tasks.map(\.project)).sorted() {
            sets.append((project, tasks.filter { $0.project == project }))
        }
        sets.append(("small: 60 tasks", Array(tasks.enumerated().filter { $0.offset % 25 == 0 }.map(\.element))))
        for (project, rows) in try PublicTasks.priorities(folder) { sets.append((project + " (priority)", rows)) }
        print("| clean data | people | runs | failures | warnings |")
        print("|---|---:|---:|---|---|")
        var isClean = true
        for set in sets {
            for people in [1, 2, 5] {
                var counts: (failures: [String: Int], warnings: [String: Int]) = ([:], [:])
                var numbers: [String: [Double]] = [:]
                for seed in 1...seeds {
                    let history = TeamHistory(set.tasks, people: people, seed: seed, model: base)
                    let last = history.first(2.0 / 3).report(last: nil, base: base)
                    let report = history.report(last: last.summary, base: base)
                    for check in report.checks {
                        if let observed = check.observed { numbers[check.name, default: []].append(observed) }
                        if check.level == .failure { counts.failures[check.name, default: 0] += 1 }
                        if check.level == .warning { counts.warnings[check.name, default: 0] += 1 }
                    }
                    if seed == 1, people == 5 {
                        for check in report.checks where check.level != .ok && check.level != .note {
                            print("  \(check.level) \(check.name): \(check.text)")
                        }
                    }
                }
                isClean = isClean && counts.failures.isEmpty
                print(
                    "| \(set.name), \(set.tasks.count) tasks | \(people) | \(seeds) | \(text(counts.failures)) | "
                        + "\(text(counts.warnings)) |")
                if people == 5 {
                    let worst = numbers.mapValues { ($0.max() ?? 0) }.sorted { $0.key < $1.key }
                    print(
                        "  most: "
                            + worst.map { "\($0.key) \(($0.value * 1_000).rounded() / 1_000)" }.joined(separator: ", "))
                }
            }
        }
        print(isClean ? "RESULT clean data pass" : "RESULT clean data fail somewhere")
    }

    private static func text(_ counts: [String: Int]) -> String {
        counts.isEmpty
            ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.key) x\($0.value)" }.joined(separator: ", ")
    }

    // MARK: Size

    /// Time and memory for many tasks, with labels out of thin air.
    private static func scale(_ folder: String, _ base: TriageModel) throws {
        let all = try PublicTasks.everything(folder).enumerated().map { number, task in
            var task = task
            task.category = ["bug", "feature", "question"][number * 7 % 3]
            task.priority = ["high", "medium", "low"][number * 5 % 3]
            return task
        }
        let history = TeamHistory(all + all, seed: 1, model: base)
        let started = ContinuousClock.now
        let dataset = DatasetAssembly.dataset(history.items, cap: InfluenceCap())
        let assembled = ContinuousClock.now
        _ = Validation.report(
            ValidationInput(
                examples: dataset.examples, feedback: history.items.map { FeedbackFact($0) }, bound: history.bound,
                last: nil, base: base))
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
        print(
            "scale: \(history.items.count) items, \(dataset.examples.count) examples; assembled in \(assembled - started), "
                + "checked in \(ContinuousClock.now - assembled); \(peak)")
    }

    // MARK: Redaction

    /// Whether the model answers the same before and after.
    private static func redaction(_ folder: String, _ base: TriageModel) throws {
        var kinds: [String: Int] = [:]
        var (touched, changed, moved, total) = (0, 0, 0.0, 0)
        for task in try PublicTasks.everything(folder) {
            total += 1
            let title = Redaction.redact(task.title)
            let body = Redaction.redact(task.body)
            for (kind, count) in Array(title.counts) + Array(body.counts) { kinds[kind.rawValue, default: 0] += count }
            guard title.counts.count + body.counts.count > 0 else { continue }
            touched += 1
            let plain = TaskText(project: task.project, title: task.title, body: task.body)
            let redacted = TaskText(project: task.project, title: title.text, body: body.text)
            let answers = base.predict([plain, redacted])
            let (one, other) = (answers[0].category, answers[1].category)
            if one?.label != other?.label { changed += 1 }
            moved = max(moved, abs((one?.confidence ?? 0) - (other?.confidence ?? 0)))
        }
        print(
            "redaction: \(touched) of \(total) texts touched, \(text(kinds)); the category of \(changed) changes, "
                + "confidences move by \((moved * 1_000).rounded() / 1_000) at most")
    }
}
