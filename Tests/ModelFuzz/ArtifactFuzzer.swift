import TriageModel

/// What became of many inputs.
package struct FuzzTally: Sendable, Equatable {
    /// Inputs by error code, and `loaded`.
    package private(set) var counts: [String: Int] = [:]
    /// Numbers of inputs that loaded and then answered nonsense.
    package private(set) var nonsense: [UInt64] = []

    package init() {}

    package var total: Int { counts.values.reduce(0, +) }

    mutating func count(_ name: String) { counts[name, default: 0] += 1 }

    mutating func addNonsense(_ number: UInt64) { nonsense.append(number) }

    package mutating func add(_ other: FuzzTally) {
        counts.merge(other.counts, uniquingKeysWith: +)
        nonsense += other.nonsense
    }
}

/// Loads mutated artifacts, and predicts with whatever loads.
package final class ArtifactFuzzer {
    private let mutator: ArtifactMutator
    private var scratch = FeatureScratch()
    private var bytes: [UInt8] = []
    private static let texts = [
        TaskText(project: "web", title: "login page crashes on start", body: "Why? `code` 1.2.3\n- [x] see http://a.b"),
        TaskText(project: "other", title: "", body: ""),
    ]

    private static let vectors = [FuzzOriginals.vector("bug", 3), nil]

    package init(_ originals: [[UInt8]], seed: UInt64) {
        mutator = ArtifactMutator(originals, seed: seed)
    }

    /// Runs the inputs of some numbers.
    package func run(_ numbers: Range<UInt64>, willRun: ((UInt64) -> Void)? = nil) -> FuzzTally {
        var tally = FuzzTally()
        for number in numbers {
            willRun?(number)
            mutator.make(number, into: &bytes)
            do throws(ArtifactError) {
                let model = try TriageModel.load(bytes: bytes)
                tally.count("loaded")
                if try !answersSensibly(model, number) { tally.addNonsense(number) }
            } catch {
                tally.count(error.code.rawValue)
            }
        }
        return tally
    }

    private func answersSensibly(_ model: TriageModel, _ number: UInt64) throws(ArtifactError) -> Bool {
        var isSensible = Self.texts.allSatisfy { text in
            Self.vectors.allSatisfy { vector in
                Self.isSensible(model.predict(text, embedding: vector, scratch: &scratch))
            }
        }
        // Rarer, because they are slow: the model written again, and built upon.
        if number % 64 == 0 {
            let again = try model.annotated(metrics: ["fuzz": 1])
            isSensible =
                isSensible
                && again.predict(Self.texts, embeddings: Self.vectors)
                    == model.predict(
                        Self.texts, embeddings: Self.vectors)
        }
        return isSensible
    }

    private static func isSensible(_ prediction: Prediction) -> Bool {
        [prediction.category, prediction.priority].allSatisfy { answer in
            guard let answer else { return true }
            let sum = answer.distribution.reduce(0) { $0 + $1.probability }
            return abs(sum - 1) < 1e-6 && answer.distribution.allSatisfy { (0...1).contains($0.probability) }
                && (0...1).contains(answer.confidence) && answer.reasons.allSatisfy { (-1...1).contains($0.weight) }
        }
            && prediction.effort.map { $0.low <= $0.points && $0.points <= $0.high && (0...1).contains($0.confidence) }
                ?? true
    }
}
