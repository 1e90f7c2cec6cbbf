package import struct FoundationEssentials.UUID

/// The latest tasks by their words: finds those that resemble a new one.
///
/// Tasks of one scope never meet those of another. Memory is bounded: the oldest task makes room for the newest, and a
/// word remembers only its latest tasks. A query reads the lists of the rarest words, then compares the best
/// candidates exactly.
package struct SimilarityIndex: Sendable {
    private struct Document {
        let id: UUID
        let title: String
        /// Sorted.
        let terms: [UInt32]
        let weights: [Float]
        /// Length of the weighted terms, as the frequencies were when the task came.
        let norm: Float
    }

    /// The latest tasks of a word.
    private struct Postings {
        /// Slots, a ring once it is full.
        var recent: [UInt32] = []
        var next = 0
        /// Living tasks that have the word.
        var documents = 0

        mutating func add(_ slot: UInt32) {
            documents += 1
            if recent.count < SimilarityIndex.postingLimit {
                recent.append(slot)
            } else {
                recent[next] = slot
                next = (next + 1) % SimilarityIndex.postingLimit
            }
        }
    }

    /// Tasks that a word remembers.
    static let postingLimit = 256
    /// Words of a query whose lists are read.
    static let queryTerms = 14
    /// Candidates that are compared exactly.
    static let candidates = 32
    /// Frequencies are counted as if there were at least so many tasks: in a small index no word is telling by chance.
    static let minimumPopulation = 500

    /// Most tasks that are kept.
    package let capacity: Int
    private var documents: [Document?] = []
    private var slots: [UUID: UInt32] = [:]
    private var postings: [UInt32: Postings] = [:]
    /// Where the next task goes once the index is full.
    private var nextSlot = 0
    private var freeSlots: [UInt32] = []
    /// Per slot, only during a query.
    private var sums: [Float] = []

    package init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Tasks in the index.
    package var count: Int { slots.count }
    /// Distinct words and pairs of words in the index.
    package var termCount: Int { postings.count }

    /// Adds a task or replaces the one with the same id; scope is usually the tenant.
    package mutating func add(id: UUID, scope: String, title: String, text: TaskText) {
        remove(id)
        let terms = TermScanner.terms(text, scope: FeatureHash.text(scope))
        let slot = takeSlot()
        var square: Float = 0
        for term in terms {
            postings[term.hash, default: Postings()].add(slot)
            let weight = term.weight * rarity(term.hash)
            square += weight * weight
        }
        documents[Int(slot)] = Document(
            id: id, title: title, terms: terms.map(\.hash), weights: terms.map(\.weight), norm: square.squareRoot())
        slots[id] = slot
    }

    /// Forgets a task; unknown ids are fine.
    package mutating func remove(_ id: UUID) {
        guard let slot = slots.removeValue(forKey: id) else { return }
        forget(slot)
        freeSlots.append(slot)
    }

    /// The tasks of the scope most like `text`, the most similar first.
    ///
    /// - Parameters:
    ///   - id: a task to leave out, usually the asking one.
    ///   - minimumScore: tasks below it are not worth showing.
    package mutating func query(
        _ text: TaskText, scope: String, excluding id: UUID?, limit: Int, minimumScore: Double = 0.2
    ) -> [SimilarTask] {
        let terms = TermScanner.terms(text, scope: FeatureHash.text(scope))
        let rarities = terms.map { rarity($0.hash) }
        var square: Float = 0
        for index in terms.indices {
            square += terms[index].weight * terms[index].weight * rarities[index] * rarities[index]
        }
        guard square > 0, limit > 0 else { return [] }
        let excluded = id.flatMap { slots[$0] }
        let best = candidates(terms, rarities, excluding: excluded)
        var found: [(slot: UInt32, score: Float)] = best.compactMap { slot in
            guard let document = documents[Int(slot)] else { return nil }
            let product = Self.product(terms, rarities, document)
            let score = min(1, product / (square.squareRoot() * max(document.norm, 1e-6)))
            return Double(score) >= minimumScore ? (slot, score) : nil
        }
        found.sort { ($0.score, $1.slot) > ($1.score, $0.slot) }
        return found.prefix(limit).compactMap { slot, score in
            guard let document = documents[Int(slot)] else { return nil }
            return SimilarTask(
                id: document.id, title: document.title, score: Double(score),
                sharedTerms: sharedTerms(terms, rarities, document, text))
        }
    }

    private mutating func takeSlot() -> UInt32 {
        if let slot = freeSlots.popLast() { return slot }
        if documents.count < capacity {
            documents.append(nil)
            sums.append(0)
            return UInt32(documents.count - 1)
        }
        let slot = UInt32(nextSlot)
        nextSlot = (nextSlot + 1) % capacity
        if let oldest = documents[Int(slot)] {
            slots[oldest.id] = nil
            forget(slot)
        }
        return slot
    }

    private mutating func forget(_ slot: UInt32) {
        guard let document = documents[Int(slot)] else { return }
        documents[Int(slot)] = nil
        for term in document.terms {
            guard let left = postings[term]?.documents else { continue }
            if left <= 1 { postings[term] = nil } else { postings[term]?.documents = left - 1 }
        }
    }

    /// How telling a term is: the fewer tasks have it, the more.
    private func rarity(_ term: UInt32) -> Float {
        let population = Double(max(slots.count, Self.minimumPopulation))
        let documents = Double(postings[term]?.documents ?? 0)
        return Float(Logarithm.natural(1 + population / (1 + documents)))
    }

    /// The slots that share the most with the rarest terms.
    private mutating func candidates(
        _ terms: [TermScanner.Term], _ rarities: [Float], excluding excluded: UInt32?
    ) -> [UInt32] {
        let known = terms.indices.filter { postings[terms[$0].hash] != nil }
        let chosen = known.sorted { (rarities[$0], terms[$1].hash) > (rarities[$1], terms[$0].hash) }.prefix(
            Self.queryTerms)
        var touched: [UInt32] = []
        touched.reserveCapacity(Self.queryTerms * Self.postingLimit)
        for index in chosen {
            guard let recent = postings[terms[index].hash]?.recent else { continue }
            let gain = terms[index].weight * rarities[index] * rarities[index]
            for slot in recent where slot != excluded {
                if sums[Int(slot)] == 0 { touched.append(slot) }
                sums[Int(slot)] += gain
            }
        }
        var best: [(slot: UInt32, sum: Float)] = []
        var lowest: Float = 0
        for slot in touched {
            let sum = sums[Int(slot)]
            sums[Int(slot)] = 0
            guard best.count < Self.candidates || sum > lowest else { continue }
            best.append((slot, sum))
            if best.count >= Self.candidates * 2 {
                best.sort { ($0.sum, $0.slot) > ($1.sum, $1.slot) }
                best.removeLast(best.count - Self.candidates)
                lowest = best[best.count - 1].sum
            }
        }
        best.sort { ($0.sum, $0.slot) > ($1.sum, $1.slot) }
        return best.prefix(Self.candidates).map(\.slot)
    }

    private static func product(_ terms: [TermScanner.Term], _ rarities: [Float], _ document: Document) -> Float {
        var sum: Float = 0
        forEachShared(terms, document) { own, other in
            sum += terms[own].weight * document.weights[other] * rarities[own] * rarities[own]
        }
        return sum
    }

    private static func forEachShared(
        _ terms: [TermScanner.Term], _ document: Document, _ body: (_ own: Int, _ other: Int) -> Void
    ) {
        var own = 0
        var other = 0
        while own < terms.count, other < document.terms.count {
            if terms[own].hash == document.terms[other] {
                body(own, other)
                own += 1
                other += 1
            } else if terms[own].hash < document.terms[other] {
                own += 1
            } else {
                other += 1
            }
        }
    }

    private func sharedTerms(
        _ terms: [TermScanner.Term], _ rarities: [Float], _ document: Document, _ text: TaskText
    ) -> [String] {
        var shared: [Int] = []
        Self.forEachShared(terms, document) { own, _ in if terms[own].end > 0 { shared.append(own) } }
        shared.sort {
            (rarities[$0] * terms[$0].weight, terms[$1].start) > (rarities[$1] * terms[$1].weight, terms[$0].start)
        }
        return shared.prefix(5).map { index in
            let term = terms[index]
            let source = term.isTitle ? text.title : text.body
            let bytes = source.utf8.dropFirst(Int(term.start)).prefix(Int(term.end - term.start)).map(lowered)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
