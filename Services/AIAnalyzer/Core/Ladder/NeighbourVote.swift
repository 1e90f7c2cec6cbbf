package import Contracts

/// The rung between the embedded model and the keyword rules: what the most similar earlier tasks were said to be.
///
/// Pure: equal input gives an equal answer. A vote is never surer than the share of those who agree, nor than they
/// themselves were, and never in the zone `auto`: nobody has calibrated it.
package enum NeighbourVote {
    /// Fewer neighbours that have an answer say nothing.
    package static let minimumNeighbours = 3
    /// No more than the most similar ones are asked.
    package static let mostNeighbours = 15
    /// A task that is less similar isn't asked; also the least that is shown as similar.
    package static let minimumSimilarity = 0.25
    /// A vote that is less sure is a question.
    package static let suggestFrom = 0.6
    /// The rungs whose answers may vote: neither echoes of a vote nor keyword rules.
    package static let voters: Set<Rung> = [.provider, .embedded]
    package static let modelVersion = "neighbours-1"

    /// An earlier task with what it was said to be.
    package struct Neighbour: Sendable, Hashable {
        /// 0 to 1; what its vote weighs.
        package var similarity: Double
        package var analysis: Analysis

        package init(similarity: Double, analysis: Analysis) {
            self.similarity = similarity
            self.analysis = analysis
        }
    }

    /// The analysis of a task by the vote of its neighbours, in any order; nil when too few of them can say anything.
    /// - Parameter reason: why no better rung answers.
    package static func analysis(
        id: Identifier, of task: TaskSnapshot, neighbours: [Neighbour], because reason: String, at time: EventTime
    ) -> Analysis? {
        let asked = neighbours.filter { isVoter($0) }
            .sorted { ($0.similarity, $0.analysis.taskID) > ($1.similarity, $1.analysis.taskID) }
            .prefix(mostNeighbours)
        let category = label(asked.compactMap { one in one.analysis.category.map { (one.similarity, $0) } })
        let priority = label(asked.compactMap { one in one.analysis.priority.map { (one.similarity, $0) } })
        let effort = effort(asked.compactMap { one in one.analysis.effort.map { (one.similarity, $0) } })
        guard category != nil || priority != nil || effort != nil else { return nil }
        return Analysis(
            analysisID: id, taskID: task.taskID, revision: task.revision, modelVersion: modelVersion,
            rung: .neighbours, degraded: true, reason: reason, category: category, priority: priority, effort: effort,
            analysedAt: time)
    }

    private static func isVoter(_ one: Neighbour) -> Bool {
        voters.contains(one.analysis.rung) && one.similarity >= minimumSimilarity && one.similarity <= 1
    }

    /// The value that most similarity stands behind.
    private static func label(_ votes: [(weight: Double, says: LabelSuggestion)]) -> LabelSuggestion? {
        guard votes.count >= minimumNeighbours else { return nil }
        let total = votes.map(\.weight).reduce(0, +)
        var shares: [String: Double] = [:]
        // Of each value, what those who voted for it held of it; and what all together hold of each.
        var held: [String: Double] = [:]
        var mixed: [String: Double] = [:]
        for vote in votes {
            let weight = vote.weight / total
            shares[vote.says.value, default: 0] += weight
            held[vote.says.value, default: 0] += weight * min(max(vote.says.confidence, 0), 1)
            mixed[vote.says.value, default: 0] += 0
            for (value, probability) in vote.says.distribution { mixed[value, default: 0] += weight * probability }
        }
        // Of equal shares the one that is held more probable, then the first by name.
        let best = shares.max { left, right in
            (left.value, mixed[left.key] ?? 0, right.key) < (right.value, mixed[right.key] ?? 0, left.key)
        }
        guard let value = best?.key else { return nil }
        mixed[value] = nil
        // Where there is but one label, it is that.
        let confidence = mixed.isEmpty ? 1 : min(held[value] ?? 0, 1)
        let rest = mixed.values.reduce(0, +)
        var distribution = mixed.mapValues { probability in
            (1 - confidence) * (rest > 0 ? probability / rest : 1 / Double(mixed.count))
        }
        distribution[value] = confidence
        return LabelSuggestion(
            value: value, confidence: confidence, zone: confidence >= suggestFrom ? .suggest : .ask,
            distribution: distribution, reasons: [])
    }

    /// The weighted median of the points, and of the ends of the intervals.
    private static func effort(_ votes: [(weight: Double, says: EffortSuggestion)]) -> EffortSuggestion? {
        guard votes.count >= minimumNeighbours else { return nil }
        let total = votes.map(\.weight).reduce(0, +)
        let points = median(votes.map { ($0.weight, $0.says.points) })
        let held = votes.filter { $0.says.points == points }
            .map { $0.says.confidence * $0.weight / total }.reduce(0, +)
        return EffortSuggestion(
            points: points, low: min(points, median(votes.map { ($0.weight, $0.says.low) })),
            high: max(points, median(votes.map { ($0.weight, $0.says.high) })), confidence: min(held, 1),
            enoughEvidence: votes.allSatisfy(\.says.enoughEvidence))
    }

    /// The lowest value that has half the weight at or below it; of at least one.
    private static func median(_ values: [(weight: Double, value: Double)]) -> Double {
        let half = values.map(\.weight).reduce(0, +) / 2
        var sum = 0.0
        var last = 0.0
        for (weight, value) in values.sorted(by: { $0.value < $1.value }) {
            sum += weight
            last = value
            if sum >= half { break }
        }
        return last
    }
}
