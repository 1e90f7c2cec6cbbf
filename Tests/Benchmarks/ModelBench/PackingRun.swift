import ArgumentParser
import Foundation
import TriageModel

/// What it costs to store weights as bytes and to leave rows out: cross-validated, fold by fold against the floats.
struct PackingRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packing", abstract: "Measures what quantising and pruning cost.")

    @Option(help: "JSON lines with label and split.")
    var rows: String
    @Option(help: "Folds of the train rows.")
    var folds = 5
    @Option(parsing: .upToNextOption, help: "Shares of the largest weight up to which rows are left out.")
    var pruning: [Float] = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2]
    @Flag(help: "Also train on all train rows and judge the test rows.")
    var test = false

    func run() throws {
        let rows = try BenchRow.read(rows)
        let training = rows.filter { $0.split == "train" }
        // The n-th row of a project and label goes to fold n, so that all folds are alike.
        var seen: [String: Int] = [:]
        let numbers = training.map { row -> Int in
            seen["\(row.project) \(row.label)", default: -1] += 1
            return seen["\(row.project) \(row.label)", default: 0] % folds
        }
        var judged = [Judged](repeating: Judged(), count: pruning.count + 1)
        for fold in 0..<folds {
            let parts = Dictionary(grouping: zip(training, numbers)) { $0.1 == fold }
            try judge(
                parts[true, default: []].map(\.0), by: parts[false, default: []].map(\.0), &judged)
        }
        report("cross-validation", judged, count: training.count)
        guard test else { return }
        judged = [Judged](repeating: Judged(), count: pruning.count + 1)
        let rest = rows.filter { $0.split == "test" }
        try judge(rest, by: training, &judged)
        report("test", judged, count: rest.count)
    }

    private func judge(_ rows: [BenchRow], by training: [BenchRow], _ judged: inout [Judged]) throws {
        var options = TrainingOptions(version: "bench", createdAt: Date(timeIntervalSince1970: 0))
        options.leavesFloats = true
        let floats = try Trainer.train(training.map(\.task), base: nil, options: options)
        let reference = try judged[0].add(floats, rows)
        for (index, share) in pruning.enumerated() {
            _ = try judged[index + 1].add(try floats.packed(pruning: share), rows, reference: reference)
        }
    }

    private func report(_ name: String, _ judged: [Judged], count: Int) {
        print("\(name), \(count) rows")
        print("| weights | mean F1 of projects | ECE | other label than floats | mean change of probability | bytes |")
        print("|---|---|---|---|---|---|")
        for (index, result) in judged.enumerated() {
            let name = index == 0 ? "floats" : index == 1 ? "bytes" : "bytes, pruned at \(pruning[index - 1])"
            let cells = [
                String(format: "%.4f", result.meanF1), String(format: "%.4f", result.ece), "\(result.others)",
                String(format: "%.5f", result.change / Double(count)),
                index == 0 ? "-" : "\(result.bytes / max(1, result.models))",
            ]
            print("| \(name) | \(cells.joined(separator: " | ")) |")
        }
    }
}

/// The answers of one way to store weights.
private struct Judged {
    private var pairs: [(project: String, expected: String, predicted: String)] = []
    private var confidences: [Double] = []
    /// Answers that differ from those of the floats, and by how much the probabilities do in sum.
    private(set) var others = 0
    private(set) var change = 0.0
    private(set) var bytes = 0
    private(set) var models = 0

    mutating func add(
        _ model: TriageModel, _ rows: [BenchRow], reference: [LabelPrediction]? = nil
    ) throws -> [LabelPrediction] {
        let answers = model.predict(rows.map(\.task.text)).compactMap(\.category)
        for (row, answer) in zip(rows, answers) {
            pairs.append((row.project, row.label, answer.label))
            confidences.append(answer.confidence)
        }
        for (answer, expected) in zip(answers, reference ?? []) {
            others += answer.label == expected.label ? 0 : 1
            change +=
                zip(answer.distribution, expected.distribution).map { abs($0.probability - $1.probability) }.max() ?? 0
        }
        bytes += model.serialized().count
        models += 1
        return answers
    }

    /// Macro-F1 of each project's labels, then the mean.
    var meanF1: Double {
        let projects = Dictionary(grouping: pairs, by: \.project).values.map { pairs in
            let labels = Set(pairs.map(\.expected))
            return labels.map { label in
                let right = Double(pairs.count { $0.expected == label && $0.predicted == label })
                let all = Double(pairs.count { $0.expected == label } + pairs.count { $0.predicted == label })
                return 2 * right / all
            }.reduce(0, +) / Double(labels.count)
        }
        return projects.reduce(0, +) / Double(projects.count)
    }

    /// Expected calibration error over 15 bins of equal width.
    var ece: Double {
        var sums = [(count: Double, confidence: Double, right: Double)](repeating: (0, 0, 0), count: 15)
        for (confidence, pair) in zip(confidences, pairs) {
            let bin = min(14, Int(confidence * 15))
            sums[bin].count += 1
            sums[bin].confidence += confidence
            sums[bin].right += pair.expected == pair.predicted ? 1 : 0
        }
        return sums.reduce(0) { $0 + abs($1.right - $1.confidence) } / Double(pairs.count)
    }
}
