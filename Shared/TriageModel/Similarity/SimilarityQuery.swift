package import struct FoundationEssentials.UUID

extension SimilarityIndex {
    /// The tasks of the scope most like `text`, the most similar first; among equals the newest.
    ///
    /// - Parameters:
    ///   - id: a task to leave out, usually the asking one.
    ///   - minimumScore: tasks below it are not worth showing.
    ///   - embedding: the asking task's vector; counts for tasks that have one of the same model.
    package mutating func query(
        _ text: TaskText, scope: String, excluding id: UUID?, limit: Int, minimumScore: Double = 0.25,
        embedding: TextEmbedding? = nil
    ) -> [SimilarTask] {
        let scope = FeatureHash.text(scope)
        reader.read(text, scope: scope)
        guard limit > 0, let totals = scopes[scope], totals.wordLength > 0, !reader.words.isEmpty else { return [] }
        let words = AskedWords(reader, vocabulary, totals)
        guard !words.known.isEmpty || embedding != nil else { return [] }
        let excluded = id.flatMap { positions[$0] }
        findCandidates(words, excluding: excluded)
        if let embedding { findNearest(embedding, scope: scope, excluding: excluded) }
        let grams = askGrams()
        ask(words)
        var found: [(position: UInt32, score: Float)] = []
        found.reserveCapacity(scratch.candidates.count)
        for position in scratch.candidates {
            guard let document = documents[Int(position)] else { continue }
            let score = score(document, words, grams, embedding)
            if Double(score) >= minimumScore { found.append((position, score)) }
        }
        found.sort { ($0.score, $0.position) > ($1.score, $1.position) }
        let result = found.prefix(limit).compactMap { position, score in
            documents[Int(position)].map { document in
                SimilarTask(
                    id: document.id, title: document.title, score: Double(score),
                    sharedTerms: sharedTerms(words, document, text))
            }
        }
        forget(words)
        return result
    }

    /// 0...1: the mean of what words, character sequences and, if both have one, embeddings say.
    private func score(
        _ document: SimilarityDocument, _ words: AskedWords, _ grams: AskedGrams, _ embedding: TextEmbedding?
    ) -> Float {
        var sum: Float = 0
        let wordNorm = SimilarityRecipe.lengthNorm(Int(document.wordLength), mean: words.meanLength)
        document.words.withUnsafeBufferPointer { own in
            scratch.wordWeights.withUnsafeBufferPointer { weights in
                for word in own {
                    let weight = weights[Int(SimilarityDocument.number(word))]
                    guard weight != 0 else { continue }
                    sum += weight * SimilarityRecipe.saturated(Float(SimilarityDocument.count(word)), norm: wordNorm)
                }
            }
        }
        let wordScore = min(1, sum / words.selfScore)
        guard grams.selfScore > 0 else { return fused(wordScore, wordScore, document, embedding) }
        let gramNorm = SimilarityRecipe.lengthNorm(Int(document.gramLength), mean: grams.meanLength)
        var gramSum: Float = 0
        document.grams.withUnsafeBufferPointer { own in
            scratch.gramWeights.withUnsafeBufferPointer { weights in
                // Each level comes in one run: what a level is worth depends on the task only.
                var start = 0
                for (level, count) in SimilarityRecipe.gramLevels.enumerated() {
                    let end = level < 3 ? UInt16(level + 1) << UInt16(SimilarityRecipe.gramBits) : .max
                    var sum: Float = 0
                    while start < own.count, own[start] < end || level == 3 {
                        sum += weights[Self.bucket(own[start])]
                        start += 1
                    }
                    gramSum += sum * SimilarityRecipe.saturated(count, norm: gramNorm)
                }
            }
        }
        return fused(wordScore, min(1, gramSum / grams.selfScore), document, embedding)
    }

    private func fused(
        _ words: Float, _ grams: Float, _ document: SimilarityDocument, _ embedding: TextEmbedding?
    ) -> Float {
        guard let embedding, let other = document.embedding, let similarity = embedding.similarity(to: other) else {
            return (words + grams) / 2
        }
        let weight = SimilarityRecipe.embeddingWeight
        return (words + grams + weight * similarity) / (2 + weight)
    }

    /// Fills `scratch.candidates` with the tasks that share the most telling words.
    private mutating func findCandidates(_ words: AskedWords, excluding excluded: UInt32?) {
        var sums: [Float] = []
        var touched: [UInt32] = []
        swap(&sums, &scratch.sums)
        swap(&touched, &scratch.touched)
        if sums.count < documents.count { sums = [Float](repeating: 0, count: documents.capacity) }
        if touched.isEmpty { touched = [UInt32](repeating: 0, count: SimilarityRecipe.postingBudget) }
        scratch.best.reset(limit: SimilarityRecipe.candidates)
        let norm = SimilarityRecipe.lengthNorm(0, mean: words.meanLength)
        let slope = SimilarityRecipe.lengthNorm(1, mean: words.meanLength) - norm
        sums.withUnsafeMutableBufferPointer { sums in
            touched.withUnsafeMutableBufferPointer { touched in
                let count = Self.addGains(words, vocabulary.lists, sums, touched)
                for position in touched.prefix(count) {
                    let sum = sums[Int(position)]
                    sums[Int(position)] = 0
                    let length = wordLengths[Int(position)]
                    guard length > 0, position != excluded else { continue }
                    scratch.best.offer(sum / (1 + norm + slope * Float(length)), position)
                }
            }
        }
        swap(&sums, &scratch.sums)
        swap(&touched, &scratch.touched)
        scratch.candidates.removeAll(keepingCapacity: true)
        for entry in scratch.best.entries { scratch.candidates.append(entry.position) }
    }

    /// Adds the tasks of the scope whose embeddings are nearest to `scratch.candidates`.
    private mutating func findNearest(_ embedding: TextEmbedding, scope: UInt64, excluding excluded: UInt32?) {
        scratch.nearest.reset(limit: SimilarityRecipe.nearest)
        sketches.offerNearest(to: embedding, budget: SimilarityRecipe.embeddingBudget, &scratch.nearest) {
            [documents] position in
            guard position != excluded, let document = documents[Int(position)], document.scope == scope else {
                return false
            }
            return document.embedding?.model == embedding.model
        }
        for entry in scratch.nearest.entries where !scratch.candidates.contains(entry.position) {
            scratch.candidates.append(entry.position)
        }
    }

    /// Adds to each task what the words it shares are worth, the most telling words first and of each its newest tasks
    /// first, until the budget is used up; answers how many tasks were touched.
    private static func addGains(
        _ words: AskedWords, _ lists: [Vocabulary.Postings], _ sums: UnsafeMutableBufferPointer<Float>,
        _ touched: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        var count = 0
        var budget = touched.count
        for word in words.known {
            let bodyGain = word.weight
            let titleGain = word.weight * SimilarityRecipe.titleGain
            func add(_ entry: UInt32) {
                let position = Int(entry >> 1)
                if sums[position] == 0 {
                    touched[count] = entry >> 1
                    count += 1
                }
                sums[position] += entry & 1 == 0 ? bodyGain : titleGain
            }
            let postings = lists[Int(word.number)]
            if postings.many.isEmpty {
                add(postings.single)
                budget -= 1
            } else {
                postings.many.withUnsafeBufferPointer { entries in
                    let first = max(0, entries.count - budget)
                    for index in first..<entries.count { add(entries[index]) }
                    budget -= entries.count - first
                }
            }
            if budget <= 0 { break }
        }
        return count
    }

    private mutating func ask(_ words: AskedWords) {
        if scratch.wordWeights.count < vocabulary.lists.count {
            let missing = vocabulary.lists.capacity - scratch.wordWeights.count
            scratch.wordWeights += [Float](repeating: 0, count: missing)
        }
        for word in words.known { scratch.wordWeights[Int(word.number)] = word.weight }
    }

    /// Sets the weights of the asking task's character sequences.
    private mutating func askGrams() -> AskedGrams {
        let meanLength = Float(max(1, gramLength)) / Float(max(1, count))
        let ownNorm = SimilarityRecipe.lengthNorm(reader.gramLength, mean: meanLength)
        let levels = SimilarityRecipe.gramLevels.map {
            (asked: SimilarityRecipe.asked(Int($0)), own: SimilarityRecipe.saturated($0, norm: ownNorm))
        }
        var selfScore: Float = 0
        for gram in reader.grams {
            let bucket = Self.bucket(gram)
            let level = levels[Int(gram >> UInt16(SimilarityRecipe.gramBits))]
            let weight = level.asked * SimilarityRecipe.rarity(documents: Int(gramDocuments[bucket]), population: count)
            scratch.gramWeights[bucket] = weight
            selfScore += weight * level.own
        }
        return AskedGrams(selfScore: selfScore, meanLength: meanLength)
    }

    private mutating func forget(_ words: AskedWords) {
        for word in words.known { scratch.wordWeights[Int(word.number)] = 0 }
        for gram in reader.grams { scratch.gramWeights[Self.bucket(gram)] = 0 }
    }
}

/// What the asking task's character sequences are compared with.
private struct AskedGrams {
    let selfScore: Float
    let meanLength: Float
}
