/// Which words of a task spoke for a label.
struct Explanation {
    let head: Head
    let label: Int
    let project: UInt64
    let vocabulary: FeatureVocabulary

    /// Up to this many words are named that spoke for the label, and that spoke against it.
    static let maximumReasons = 5
    static let maximumObjections = 2
    /// A word of a field, with all its places.
    private struct Word {
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
                    vocabulary.prints.withUnsafeBufferPointer { prints in
                        let reader = ContributionReader(self, view: view, idf: idf, prints: prints)
                        reader.add([.title], titles, titleWeights)
                        reader.add([.body, .head], bodies, bodyWeights)
                    }
                }
            }
            return withUnsafeTemporaryAllocation(of: Word.self, capacity: weights.count) { words in
                let titleCount = gather(titles, titleWeights, isTitle: true, words, from: 0)
                let count = gather(bodies, bodyWeights, isTitle: false, words, from: titleCount)
                let found = UnsafeBufferPointer(rebasing: words.prefix(count))
                return strongest(found, Self.maximumReasons, sign: 1, text)
                    + strongest(found, Self.maximumObjections, sign: -1, text)
            }
        }
    }

    /// Puts each word of a field behind those that are there, once, with the sum of all its places; answers the new end.
    private func gather(
        _ tokens: UnsafeBufferPointer<Token>, _ weights: UnsafeMutableBufferPointer<Float>, isTitle: Bool,
        _ words: UnsafeMutableBufferPointer<Word>, from start: Int
    ) -> Int {
        // Open addressing, at most half full; places count from 1.
        let bits = max(3, Int.bitWidth - tokens.count.leadingZeroBitCount + 1)
        return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1 << bits) { places in
            places.initialize(repeating: 0)
            var end = start
            for index in tokens.indices where weights[index] != 0 {
                let hash = tokens[index].hash
                var slot = Int(truncatingIfNeeded: FeatureHash.finished(hash) &>> UInt64(64 &- bits))
                while places[slot] != 0, words[start &+ Int(places[slot]) &- 1].token.hash != hash {
                    slot = (slot &+ 1) & (1 &<< bits &- 1)
                }
                if places[slot] == 0 {
                    words.initializeElement(
                        at: end, to: Word(token: tokens[index], isTitle: isTitle, weight: weights[index]))
                    end &+= 1
                    places[slot] = UInt16(truncatingIfNeeded: end &- start)
                } else {
                    words[start &+ Int(places[slot]) &- 1].weight += weights[index]
                }
            }
            return end
        }
    }

    /// The words that spoke for the label, or with the sign -1 against it, the strongest first.
    private func strongest(
        _ words: UnsafeBufferPointer<Word>, _ limit: Int, sign: Float, _ text: TaskText
    ) -> [Reason] {
        var total: Float = 0
        var found: [Int] = []
        found.reserveCapacity(limit + 1)
        for index in words.indices {
            let weight = words[index].weight * sign
            guard weight > 0 else { continue }
            total += weight
            guard found.count < limit || weight > words[found[found.count - 1]].weight * sign,
                !Placeholder.isFiller(words[index].token.hash)
            else { continue }
            var position = found.count
            while position > 0, words[found[position - 1]].weight * sign < weight { position -= 1 }
            found.insert(index, at: position)
            if found.count > limit { found.removeLast() }
        }
        return found.map { index in
            let word = words[index]
            return Reason(
                term: term(word.token, of: word.isTitle ? text.title : text.body),
                field: word.isTitle ? "title" : "body", weight: Double(word.weight / total))
        }
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
    let prints: UnsafeBufferPointer<UInt8>
    let terms: TermWeights
    let label: Int
    let labelCount: Int
    let project: UInt64
    let readsCopies: Bool
    let usesCharacters: Bool

    init(
        _ explanation: Explanation, view: WeightTable.View, idf: TermTable.View, prints: UnsafeBufferPointer<UInt8>
    ) {
        self.prints = prints
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
        let mixed = FeatureHash.finished(hash ^ field.salt)
        let bucket = layout.bucket(finished: mixed, isCharacters: false)
        // Another feature may have the bucket.
        guard prints.isEmpty || prints[Int(bucket)] == BucketLayout.print(finished: mixed) else { return 0 }
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
