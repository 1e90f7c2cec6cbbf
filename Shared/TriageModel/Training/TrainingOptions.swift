package import struct FoundationEssentials.Date

/// How to train.
package struct TrainingOptions: Sendable {
    /// The version that the new artifact gets.
    package var version: String
    package var seed: UInt64
    /// Written into the header; the same value gives the same bytes.
    package var createdAt: Date
    /// Tasks that are not trained on: confidence and zones are fitted on them. Empty: cross-validation.
    package var calibration: [LabelledTask]
    /// Added to the header's lineage.
    package var lineage: [String: String]
    /// Added to the header's metrics.
    package var metrics: [String: Double]
    /// Precision that predictions of the zone `auto` must reach.
    package var automaticPrecision = 0.95
    /// Predictions that are right less often than this belong to the zone `ask`.
    package var askPrecision = 0.5
    /// Used without a base; a base keeps its own.
    package var layout = BucketLayout.standard
    /// Whether answers that a head trained on the others finds improbable count less: for answers that people gave in
    /// passing. See `HeadTrainer.shares`.
    package var doubtsAnswers = false
    /// Folder that keeps finished heads until the training is done, so that an interrupted one goes on; nil: none does.
    package var checkpointFolder: String?
    /// Leaves the weights as floats, to measure what packing them costs; such a model has no bytes.
    package var leavesFloats = false
    /// Name of the embedding model whose vectors the tasks have; nil leaves them unused.
    package var embeddingModel: String?
    var recipe = Recipe()

    /// Makes the small model that others start from; see `Recipe.base`.
    package mutating func makeBase() { recipe = .base }

    package init(
        version: String, seed: UInt64 = 1, createdAt: Date = Date(), calibration: [LabelledTask] = [],
        lineage: [String: String] = [:], metrics: [String: Double] = [:]
    ) {
        self.version = version
        self.seed = seed
        self.createdAt = createdAt
        self.calibration = calibration
        self.lineage = lineage
        self.metrics = metrics
    }
}

/// The numbers of the training that were chosen by cross-validation on training data.
struct Recipe: Sendable {
    /// What a head learns.
    enum Problem: Sendable {
        /// Which label: support vectors and multinomial logistic regression, their scores blended.
        case label
        /// Up to which label, of labels in order: a logistic regression for each but the last.
        case cumulative
    }

    /// How much rare labels count.
    struct Balance: Sendable {
        /// 0: as often as they come; 1: as much as frequent ones.
        var power: Float
        /// Whether labels are rare in their own project or among all tasks.
        var isPerProject: Bool
    }

    /// One head's numbers.
    struct Head: Sendable {
        var problem = Problem.label
        /// Cost of an example in the support vector machine.
        var hingeCost: Float = 0.35
        /// Cost of an example in the logistic regression.
        var logisticCost: Float = 10
        /// Prior variance of what all projects share; 0: nothing.
        var sharedVariance: Float = 1
        /// Prior variance of a project's own copy of a feature, beside 1 of what all projects share.
        var copyVariance: Float = 0.3
        /// Prior variance of what is usual in a project, whatever a text says.
        var biasVariance: Float = 0.05
        /// Share of the logistic regression's scores in the blend.
        var logisticShare: Float = 0.5
        /// On top of a base: share of the costs, and how much a row's support in the base holds it there.
        var warmCost: Float = 0.3
        var stiffness: Float = 1
        var usesCharacters = true
        var usesCopies = true
        /// Weights of the fields and tasks that a feature must occur in, in the order of `TextField`; nil: the usual.
        var fieldWeights: [Float]?
        var minimumDocuments: [UInt32]?
        var balance: Balance?
        /// Whether the answer is picked for the best macro-F1, or is simply the most probable label.
        var decidesByMacroF1 = false
        /// Rows whose weights are all smaller than this share of the largest are not stored.
        var pruning: Float = 0.0005
    }

    var category = Head(pruning: 0.005)
    /// Rare levels: `docs/benchmarks/recipes-heads.md` says how it was found.
    var priority = Head(
        logisticCost: 0.03, copyVariance: 1, biasVariance: 1, logisticShare: 1,
        fieldWeights: [1, 1, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0.7], minimumDocuments: [1, 2, 1, 1, 2, 2, 2, 2, 3, 3],
        balance: Balance(power: 1, isPerProject: true), decidesByMacroF1: true, pruning: 0.01)
    /// Levels that texts tell apart; taken for priority where it does better on held-back tasks.
    var plainPriority: Head? = Head(
        hingeCost: 1, sharedVariance: 0, copyVariance: 1, biasVariance: 1, logisticShare: 0,
        fieldWeights: [1, 1, 0.5, 0.5, 0.5, 0, 0, 0, 0.7, 0.7], minimumDocuments: [1, 2, 1, 1, 2, 2, 2, 2, 3, 3],
        balance: Balance(power: 0.5, isPerProject: true), pruning: 0.01)
    /// Every project alone, each with values of its own.
    var effort = Head(
        problem: .cumulative, logisticCost: 1, sharedVariance: 0, copyVariance: 1, biasVariance: 1, logisticShare: 1,
        fieldWeights: [1, 1, 0, 0.5, 0.6, 0, 0, 0, 0.7, 0.7], minimumDocuments: [2, 2, 2, 1, 2, 2, 2, 2, 3, 3],
        pruning: 0.01)
    /// Each label for itself. Not tuned: there is no public data of several labels a task here.
    var labels = Head(
        problem: .cumulative, logisticCost: 3, copyVariance: 0.3, logisticShare: 1, pruning: 0.01)
    /// Largest change of a dual variable, relative to its cost, that ends a solver's work.
    var tolerance: Float = 0.005
    /// Passes over the examples after which a solver stops at the latest.
    var epochs = 80
    var embedding = Embedding()
    /// Folds of the cross-validation that calibrates; below 2: none.
    var folds = 4

    /// For the base model, which has to be small and meets no project that it was trained on: effort from words alone, the
    /// same for all projects.
    static var base: Recipe {
        var recipe = Recipe()
        recipe.category.pruning = 0.01
        recipe.priority.pruning = 0.04
        recipe.plainPriority = nil
        recipe.effort = Head(
            problem: .cumulative, logisticCost: 1, logisticShare: 1, usesCharacters: false, usesCopies: false,
            pruning: 0.1)
        return recipe
    }

    /// The recipes that may be right for a head; held-back tasks decide. A base's head keeps the first.
    func candidates(_ kind: HeadKind) -> [Head] {
        kind == .priority ? [priority] + (plainPriority.map { [$0] } ?? []) : [self[kind]]
    }

    subscript(kind: HeadKind) -> Head {
        switch kind {
        case .category: category
        case .priority: priority
        case .effort: effort
        case .labels: labels
        }
    }
}

/// Why nothing was trained.
package struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case noExamples, tooManyLabels, artifact, cancelled, checkpoint
    }

    package let code: Code
    package let reason: String

    package var description: String { "\(code.rawValue): \(reason)" }
}

/// How far a training is.
package struct TrainingProgress: Sendable, Equatable {
    /// Such as `features` or `category: calibration 2/4`.
    package let stage: String
    /// 0 to 1 over the whole training.
    package let fraction: Double
}
