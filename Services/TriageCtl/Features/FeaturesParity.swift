import ArgumentParser
import FeatureStore

/// Computes what was served once more, from history alone, and compares.
struct FeaturesParity: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "parity", abstract: "Compare served features with what history gives.",
        discussion: """
            A sample of predictions is computed again from the history, up to the position that each of them logged, and \
            compared value by value; there is no tolerance. The exit code is 1 on a mismatch, on a gap in a history, and \
            when nothing was compared. Features of the text are compared where the task still has that revision.
            """)

    @Option(help: "How many predictions.")
    var sample = 10_000
    @Option(help: "Another number takes another sample.")
    var seed = 1
    @Option(help: "Only predictions of the last so many hours.")
    var hours: Int?
    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var database: AdminDatabaseOptions

    func validate() throws {
        guard (1...1_000_000).contains(sample) else { throw ValidationError("--sample takes 1 to 1000000") }
        if let hours, !(1...100_000).contains(hours) { throw ValidationError("--hours takes 1 to 100000") }
    }

    func perform() async throws {
        let report = try await database.withPool { pool in try await compare(FeatureTables(pool: pool)) }
        if json { Console.line(try RouteReport.text(of: ParityDescription(report))) } else { print(report) }
        if report.predictions == 0 { throw CommandFailure(.failed, "no prediction was served features yet") }
        if !report.isClean { throw CommandFailure(.failed, "what was served isn't what history gives") }
    }

    private func compare(_ tables: FeatureTables) async throws -> ParityReport {
        let served = try await tables.sample(sample, seed: seed, hours: hours)
        var needed: [Int64: Int64] = [:]
        for one in served {
            needed[one.user] = max(needed[one.user] ?? 0, one.userVersion)
            needed[one.project] = max(needed[one.project] ?? 0, one.projectVersion)
        }
        // What was served was read before it was logged: its events are there by now.
        return ParityCheck(sets: try await tables.sets()).compare(
            served, histories: try await tables.histories(needed))
    }

    private func print(_ report: ParityReport) {
        let mismatches = report.mismatchesByFeature.values.reduce(0, +)
        Console.line("\(report.predictions) predictions, \(report.values) values compared: \(mismatches) mismatches")
        if report.mismatchedPredictions > 0 { Console.line("\(report.mismatchedPredictions) predictions differ") }
        if report.missingHistory > 0 {
            Console.line("\(report.missingHistory) predictions saw events that the history doesn't have")
        }
        if report.withoutText > 0 {
            Console.line("\(report.withoutText) are of an earlier revision: their text wasn't compared")
        }
        for (reference, count) in report.notComparable.sorted(by: { $0.key < $1.key }) {
            Console.line("not compared: \(reference), \(count) times; this release defines another version")
        }
        if report.mismatchesByFeature.isEmpty { return }
        var table = TextTable("FEATURE", "MISMATCHES")
        for (reference, count) in report.mismatchesByFeature.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.add(reference, "\(count)")
        }
        table.print()
        Console.line("first of them:")
        for one in report.firstMismatches {
            let values = [one.served, one.recomputed].map { value in value.map { "\($0)" } ?? "none" }
            Console.line("  task \(one.prediction) \(one.feature): served \(values[0]), history gives \(values[1])")
        }
    }
}

/// A report as JSON.
private struct ParityDescription: Encodable {
    struct Mismatch: Encodable {
        let prediction: String
        let feature: String
        let served: Int32?
        let recomputed: Int32?
    }

    let predictions: Int
    let values: Int
    let mismatchedPredictions: Int
    let missingHistory: Int
    let withoutText: Int
    let mismatchesByFeature: [String: Int]
    let notComparable: [String: Int]
    let firstMismatches: [Mismatch]
    let isClean: Bool

    init(_ report: ParityReport) {
        predictions = report.predictions
        values = report.values
        mismatchedPredictions = report.mismatchedPredictions
        missingHistory = report.missingHistory
        withoutText = report.withoutText
        mismatchesByFeature = report.mismatchesByFeature
        notComparable = report.notComparable
        firstMismatches = report.firstMismatches.map {
            Mismatch(prediction: $0.prediction, feature: $0.feature, served: $0.served, recomputed: $0.recomputed)
        }
        isClean = report.isClean
    }
}
