import Glibc
import TriageModel

/// What the shipped model, which has never seen this feedback, makes of the texts.
struct BaseView: Sendable {
    /// For each text: logarithms of the probabilities of the base's categories, scaled to about one.
    let evidence: [[Float]]
    /// For each text: whether the base knows hardly a word of it.
    let isForeign: [Bool]
    let categories: Set<String>

    init(_ base: TriageModel, _ examples: [DatasetExample]) {
        var scratch = FeatureScratch()
        var evidence: [[Float]] = []
        var isForeign: [Bool] = []
        for example in examples {
            let prediction = base.predict(example.text, scratch: &scratch, explains: false)
            evidence.append(
                (prediction.category?.distribution ?? []).map { 0.2 * logf(Float(max($0.probability, 1e-3))) })
            isForeign.append(prediction.knownWords < TriageModel.foreignShare)
        }
        let width = evidence.map(\.count).max() ?? 0
        self.evidence = evidence.map { $0 + [Float](repeating: 0, count: width - $0.count) }
        self.isForeign = isForeign
        categories = Set(base.header.labelSets["category"] ?? [])
    }
}
