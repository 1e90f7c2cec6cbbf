import ArgumentParser
import TriageModel

/// Replays the learning loop on a data set, see `LearningLoop`.
struct ModelLearningLoop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning-loop", abstract: "Replays how answers make the model better.",
        discussion: """
            The rows with split train come in, in batches of 150 and an order for each seed; those with split test judge
            each model. Prints the F1 on them, the mean of the projects, and the calibration error.
            """)

    @Option(help: "JSON lines (.jsonl, .jsonl.gz) with categories.")
    var data: String
    @Option(help: "Orders to replay.")
    var seeds = 3

    @Flag(help: "The reference's small recipe: words, structure and sentence starts, logistic regression.")
    var small = false

    func validate() throws {
        guard (1...20).contains(seeds) else { throw ValidationError("--seeds takes 1 to 20") }
    }

    func run() throws {
        let rows = try ModelData.rows(data)
        let stream = rows.filter { $0.split == "train" }.map(\.task).filter { $0.category != nil }
        let judge = rows.filter { $0.split == "test" }.map(\.task)
        guard stream.count >= 2 * LearningLoop.batch, !judge.isEmpty else {
            throw ValidationError("\(data): \(stream.count) train rows with a category and \(judge.count) test rows")
        }
        let loop = LearningLoop(stream: stream, judge: judge, isSmall: small)
        var last: [LearningLoop.Mode: [(items: Double, f1: Double, ece: Double)]] = [:]
        for mode in LearningLoop.Mode.allCases {
            let runs = try (0..<seeds).map { try loop.replay(mode, seed: UInt64($0)) }
            let steps = runs[0].indices.map { index in
                func mean(_ value: (LearningLoop.Step) -> Double) -> Double {
                    runs.reduce(0) { $0 + value($1[index]) } / Double(runs.count)
                }
                return (mean { Double($0.items) }, mean(\.f1), mean(\.ece), mean { $0.online ?? .nan })
            }
            print("\(mode.rawValue): items | F1 | ECE | right before the answers")
            for (items, f1, ece, online) in steps {
                print(
                    "  \(Int(items.rounded())) | \(ModelEvaluate.number(f1)) | \(ModelEvaluate.number(ece, 3)) | "
                        + (online.isNaN ? "-" : ModelEvaluate.number(online, 3)))
            }
            last[mode] = steps.map { ($0.0, $0.1, $0.2) }
        }
        guard let all = last[.all], let frozen = last[.frozen], let noisy = last[.noisy] else { return }
        let early = min(3, all.count - 1)
        print(
            "over frozen: \(ModelEvaluate.number(all[early].f1 - frozen[early].f1)) after "
                + "\(Int(all[early].items) - LearningLoop.batch) added items, "
                + "\(ModelEvaluate.number(all[all.count - 1].f1 - frozen[frozen.count - 1].f1)) after "
                + "\(Int(all[all.count - 1].items) - LearningLoop.batch); ECE at the end "
                + "\(ModelEvaluate.number(all[all.count - 1].ece, 3)); lost to wrong answers "
                + "\(ModelEvaluate.number(all[all.count - 1].f1 - noisy[noisy.count - 1].f1))")
    }
}
