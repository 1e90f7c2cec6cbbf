/// Which words of a task spoke for a label.
struct Explanation {
    let head: Head
    let label: Int
    let project: UInt64

    /// Up to this many words are named that spoke for the label, and that spoke against it.
    static let maximumReasons = 5
    static let maximumObjections = 2
    /// Words looked at closely: the strongest single ones.
    private static let candidates = 16

    private struct Candidate {
        var token: Token
        var isTitle: Bool
        var weight: Float
    }

    /// The words by what their features added to the label's score over the mean of the labels, then those that took
    /// the most from it, with negative shares.
    ///
    /// A sequence of words counts for each of its words in equal parts; a word that comes several times in one field
    /// counts once, with the sum. Placeholders (URL, number, code) and words that say nothing to a reader are left out.
    func reasons(_ text: TaskText, _ scratch: borrowing FeatureScratch) -> [Reason] {
        let titles = UnsafeBufferPointer(rebasing: scratch.titleTokens.prefix(scratch.titleTokenCount))
        let bodies = UnsafeBufferPointer(
            rebasing: scratch.bodyTokens.prefix(min(scratch.bodyTokenCount, TextLimit.bodyTokens)))
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: titles.count + bodies.count) { weights in
            weights.initialize(repeating: 0)
            let titleWeights = UnsafeMutableBufferPointer(rebasing: weights.prefix(titles.count))
            let bodyWeights = UnsafeMutableBufferPointer(rebasing: weights.dropFirst(titles.count))
            head.weights.withView { view in
                head.terms.idf.withView { idf in
                    let reader = ContributionReader(self, view: view, idf: idf)
                    reader.add([.title], titles, titleWeights)
                    reader.add([.body, .head], bodies, bodyWeights)
                }
            }
            func strongest(_ limit: Int, sign: Double) -> [Reason] {
                let total = weights.reduce(Float(0)) { $0 + Swift.max(0, $1) }
                guard total > 0 else { return [] }
                var found: [Candidate] = []
                found.reserveCapacity(Self.candidates + 1)
                collect(titles, titleWeights, isTitle: true, &found)
                collect(bodies, bodyWeights, isTitle: false, &found)
                return merged(found, titles, titleWeights, bodies, bodyWeights).prefix(limit).map { item in
                    Reason(
                        term: term(item.token, of: item.isTitle ? text.title : text.body),
                        field: item.isTitle ? "title" : "body", weight: sign * Double(item.weight / total))
                }
            }
            let reasons = strongest(Self.maximumReasons, sign: 1)
            for index in weights.indices { weights[index] = -weights[index] }
            return reasons + strongest(Self.maximumObjections, sign: -1)
        }
    }

    /// Keeps the strongest, the strongest first.
    private func collect(
        _ tokens: UnsafeBufferPointer<Token>, _ weights: UnsafeMutableBufferPointer<Float>, isTitle: Bool,
        _ found: inout [Candidate]
    ) {
        for index in tokens.indices where weights[index] > 0 && !Placeholder.isFiller(tokens[index].hash) {
            let weight = weights[index]
            guard found.count < Self.candidates || weight > found[found.count - 1].weight else { continue }
            var position = found.count
            while position > 0, found[position - 1].weight < weight { position -= 1 }
            found.insert(Candidate(token: tokens[index], isTitle: isTitle, weight: weight), at: position)
            if found.count > Self.candidates { found.removeLast() }
        }
    }

    /// Each word once, with the sum of all its places, the strongest first.
    private func merged(
        _ found: [Candidate], _ titles: UnsafeBufferPointer<Token>, _ titleWeights: UnsafeMutableBufferPointer<Float>,
        _ bodies: UnsafeBufferPointer<Token>, _ bodyWeights: UnsafeMutableBufferPointer<Float>
    ) -> [Candidate] {
        var merged: [Candidate] = []
        for item in found
        where !merged.contains(where: { $0.token.hash == item.token.hash && $0.isTitle == item.isTitle }) {
            var item = item
            item.weight = 0
            let tokens = item.isTitle ? titles : bodies
            let weights = item.isTitle ? titleWeights : bodyWeights
            for index in tokens.indices where tokens[index].hash == item.token.hash { item.weight += weights[index] }
            if item.weight > 0 { merged.append(item) }
        }
        return merged.sorted { ($0.weight, $1.token.start) > ($1.weight, $0.token.start) }
    }

    private func term(_ token: Token, of text: String) -> String {
        let bytes = text.utf8.dropFirst(Int(token.start)).prefix(Int(token.end - token.start)).map(lowered)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Reads what the features of single words and their sequences add to a label.
private struct ContributionReader {
    let layout: BucketLayout
    let view: WeightTable.View
    let idf: TermTable.View
    let terms: TermWeights
    let label: Int
    let labelCount: Int
    let project: UInt64
    let readsCopies: Bool
    let usesCharacters: Bool

    init(_ explanation: Explanation, view: WeightTable.View, idf: TermTable.View) {
        let head = explanation.head
        layout = head.layout
        self.view = view
        self.idf = idf
        label = explanation.label
        labelCount = head.labels.count
        project = explanation.project
        readsCopies = head.usesCopies && head.knows(project: explanation.project)
        terms = head.terms
        usesCharacters = head.usesCharacters
    }

    /// Adds the contributions of each token in the fields; the norm of a field changes no order within it.
    func add(
        _ fields: [TextField], _ tokens: UnsafeBufferPointer<Token>, _ weights: UnsafeMutableBufferPointer<Float>
    ) {
        for field in fields {
            let limit = field == .head ? min(tokens.count, TextLimit.headTokens) : tokens.count
            for index in 0..<limit {
                let one = tokens[index].hash
                weights[index] += contribution(one, field)
                guard index + 1 < limit else { continue }
                let two = FeatureHash.joining(one, tokens[index + 1].hash)
                let pair = contribution(two, field) / 2
                weights[index] += pair
                weights[index + 1] += pair
                guard field == .title, index + 2 < limit else { continue }
                let triple = contribution(FeatureHash.joining(two, tokens[index + 2].hash), field) / 3
                for offset in 0..<3 { weights[index + offset] += triple }
            }
        }
        // A title has few words, each of which counts more.
        let norm = Swift.max(1, Float(tokens.count).squareRoot())
        for index in tokens.indices {
            weights[index] = Placeholder.isPlaceholder(tokens[index].hash) ? 0 : weights[index] / norm
        }
    }

    @inline(__always) private func contribution(_ hash: UInt64, _ field: TextField) -> Float {
        let bucket = layout.bucket(hash ^ field.salt, isCharacters: false)
        let byte = idf[Int(bucket)]
        guard byte != 0 else { return 0 }
        var value = advantage(Int(bucket))
        if readsCopies {
            let copy = layout.copyRow(of: bucket, project: project)
            value += advantage(Head.tableRow(copy, layout, usesCharacters: usesCharacters))
        }
        return value * TermWeights.rarity(byte, field) * terms.fieldWeights[field.rawValue]
    }

    /// The label's weight in a row over the mean of all labels.
    @inline(__always) private func advantage(_ row: Int) -> Float {
        let slot = view.slot(row)
        guard slot != 0 else { return 0 }
        var sum: Float = 0
        for other in 0..<labelCount { sum += view.weight(slot, other) }
        return view.weight(slot, label) - sum / Float(labelCount)
    }
}
