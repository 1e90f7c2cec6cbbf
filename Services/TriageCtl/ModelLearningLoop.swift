import ArgumentParser
import TriageModel

/// Replays the learning loop on a data set, see `LearningLoop`.
struct ModelLearningLoop: OperatorCommand {
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

    func perform() async throws {
        let curves = try ModelBenchmarkLoop.curves(try ModelData.rows(data), seeds: seeds, isSmall: small, data)
        for mode in LearningLoop.Mode.allCases {
            print("\(mode.rawValue): items | F1 | ECE | right before the answers")
            for step in curves[mode]?.steps ?? [] {
                print(
                    "  \(step.items) | \(ModelEvaluate.number(step.f1)) | \(ModelEvaluate.number(step.ece, 3)) | "
                        + (step.online.map { ModelEvaluate.number($0, 3) } ?? "-"))
            }
        }
        print(ModelBenchmarkLoop.summary(curves))
    }
}
