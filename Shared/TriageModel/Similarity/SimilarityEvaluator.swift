import struct FoundationEssentials.UUID

/// A task and the group of reports that mean the same thing.
package struct GroupedTask: Sendable {
    package let text: TaskText
    package let group: String
    /// Whether the task asks; each task is in the pool of all others.
    package let isQuery: Bool
    package let embedding: TextEmbedding?

    package init(text: TaskText, group: String, isQuery: Bool, embedding: TextEmbedding? = nil) {
        self.text = text
        self.group = group
        self.isQuery = isQuery
        self.embedding = embedding
    }
}

/// How well duplicates are found.
package struct SimilarityEvaluation: Sendable, Codable, Equatable {
    /// Of the most similar tasks that reach a score, the share that is of the same group; here every task asks, also
    /// those that have no duplicate.
    package struct Threshold: Sendable, Codable, Equatable {
        package let score: Double
        /// Tasks whose most similar task reaches the score.
        package let tasks: Int
        package let precision: Double
    }

    /// Tasks in the pool.
    package let tasks: Int
    /// Queries with at least one task of the same group.
    package let queries: Int
    /// Share of the queries with one of the same group among the first k.
    package let recallAt1: Double
    package let recallAt5: Double
    package let recallAt10: Double
    package let recallAt20: Double
    /// Mean of 1 / rank of the first of the same group; 0 beyond rank 100.
    package let reciprocalRankAt100: Double
    package let thresholds: [Threshold]
    package let addMicroseconds: Double
    /// Medians and 99th percentiles.
    package let queryMicroseconds: Double
    package let queryMicroseconds99: Double
    package let bytesPerTask: Int

    enum CodingKeys: String, CodingKey {
        case tasks, queries, thresholds
        case recallAt1 = "recall_at_1"
        case recallAt5 = "recall_at_5"
        case recallAt10 = "recall_at_10"
        case recallAt20 = "recall_at_20"
        case reciprocalRankAt100 = "mrr_at_100"
        case addMicroseconds = "add_us"
        case queryMicroseconds = "query_us_p50"
        case queryMicroseconds99 = "query_us_p99"
        case bytesPerTask = "bytes_per_task"
    }
}

/// Measures the similarity index on groups of duplicates: the pool of a query is every other task, the task counts as
/// found where one of its group comes first.
package enum SimilarityEvaluator {
    /// The scores for which precision is told.
    static let scores = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    private static let scope = "evaluation"

    /// Nil when no query has another task of its group.
    package static func evaluate(_ tasks: [GroupedTask]) -> SimilarityEvaluation? {
        var index = SimilarityIndex(capacity: max(1, tasks.count))
        let ids = tasks.indices.map { UUID(number: $0) }
        let clock = ContinuousClock()
        let start = clock.now
        for (id, task) in zip(ids, tasks) {
            index.add(id: id, scope: scope, title: task.text.title, text: task.text, embedding: task.embedding)
        }
        let added = start.duration(to: clock.now)
        let groups = Dictionary(grouping: tasks.indices, by: { tasks[$0].group })
        let places = Dictionary(uniqueKeysWithValues: zip(ids, tasks.indices))
        var ranks: [Int?] = []
        var first: [(score: Double, isSame: Bool)] = []
        var times: [Double] = []
        for (place, task) in tasks.enumerated() {
            let began = clock.now
            let found = index.query(
                task.text, scope: scope, excluding: ids[place], limit: 100, minimumScore: 0, embedding: task.embedding)
            times.append(began.duration(to: clock.now).microseconds)
            let isSame = found.map { places[$0.id].map { tasks[$0].group == task.group } ?? false }
            if let best = found.first { first.append((best.score, isSame[0])) }
            guard task.isQuery, groups[task.group, default: []].count > 1 else { continue }
            ranks.append(isSame.firstIndex(of: true).map { $0 + 1 })
        }
        guard !ranks.isEmpty else { return nil }
        func recall(_ limit: Int) -> Double {
            Double(ranks.count { $0.map { $0 <= limit } ?? false }) / Double(ranks.count)
        }
        times.sort()
        return SimilarityEvaluation(
            tasks: tasks.count, queries: ranks.count, recallAt1: recall(1), recallAt5: recall(5),
            recallAt10: recall(10), recallAt20: recall(20),
            reciprocalRankAt100: ranks.reduce(0) { $0 + ($1.map { 1 / Double($0) } ?? 0) } / Double(ranks.count),
            thresholds: scores.compactMap { threshold($0, first) },
            addMicroseconds: added.microseconds / Double(tasks.count), queryMicroseconds: times[times.count / 2],
            queryMicroseconds99: times[times.count * 99 / 100], bytesPerTask: index.memoryBytes / tasks.count)
    }

    private static func threshold(
        _ score: Double, _ first: [(score: Double, isSame: Bool)]
    ) -> SimilarityEvaluation.Threshold? {
        let reached = first.filter { $0.score >= score }
        guard !reached.isEmpty else { return nil }
        let precision = Double(reached.count { $0.isSame }) / Double(reached.count)
        return .init(score: score, tasks: reached.count, precision: precision)
    }
}

extension Duration {
    /// As a number; exact enough for a measurement.
    var microseconds: Double {
        Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12
    }
}

extension UUID {
    /// An id that stands for a place in a list.
    init(number: Int) {
        let bits = UInt64(truncatingIfNeeded: number)
        func byte(_ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: bits >> shift) }
        self.init(
            uuid: (
                0, 0, 0, 0, 0, 0, 0x40, 0, byte(56), byte(48), byte(40), byte(32), byte(24), byte(16), byte(8), byte(0)
            ))
    }
}
