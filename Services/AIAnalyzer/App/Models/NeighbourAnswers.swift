import AIAnalyzerCore
import Contracts
import FoundationEssentials
import Postgres
import TriageModel

/// Answers where no model is loaded: by the vote of similar tasks, else by keyword rules.
///
/// The similarity index holds texts; what those tasks were said to be is in the schema `analysis`, and is only read when
/// it is needed.
struct NeighbourAnswers: Sendable {
    let pool: DatabasePool
    let neighbours: Neighbours
    let labels: LabelSets

    /// An analysis of each task, in their order.
    /// - Parameter reason: why no model answers.
    /// - Throws: `DatabaseError` when the earlier answers can't be read.
    func analyses(
        _ tasks: [TaskSnapshot], _ embeddings: [TextEmbedding?], because reason: String, at now: EventTime
    ) async throws -> [Analysis] {
        // A replica that just started has an empty index until then.
        try await neighbours.fillOnce()
        let similar = await neighbours.lookUp(tasks, embeddings, limit: NeighbourVote.mostNeighbours)
        let answers = try await answers(of: similar.joined().map(\.id))
        return zip(tasks, similar).map { task, similar in
            let team = labels.mapping(of: task.tenant)
            let voters = similar.compactMap { one in
                answers[Key(id: one.id, tenant: task.tenant)].map { answer in
                    // They vote under the names of today, or labels that became one would stand against each other.
                    var answer = answer
                    answer.category = answer.category.flatMap { team.served($0) }
                    return NeighbourVote.Neighbour(similarity: one.score, analysis: answer)
                }
            }
            let vote = NeighbourVote.analysis(
                id: Identifier(), of: task, neighbours: voters, because: reason, at: now)
            var analysis = vote ?? KeywordRules.analysis(id: Identifier(), of: task, because: reason, at: now)
            analysis.category = analysis.category.flatMap { team.served($0) }
            analysis.similar = AnalysisAssembly.similar(Array(similar.prefix(Neighbours.shown)))
            return analysis
        }
    }

    private struct Key: Hashable {
        let id: UUID
        let tenant: String
    }

    /// The latest analysis of each of these tasks.
    private func answers(of ids: [UUID]) async throws -> [Key: Analysis] {
        if ids.isEmpty { return [:] }
        let rows = try await pool.query(
            """
            SELECT DISTINCT ON (task_id) task_id, tenant, result FROM analysis.analyses
            WHERE task_id = ANY ($1) ORDER BY task_id, revision DESC
            """, [Array(Set(ids))])
        var answers: [Key: Analysis] = [:]
        for row in rows {
            let key = Key(id: try row.decode(at: 0), tenant: try row.decode(at: 1))
            answers[key] = try ContractJSON.decode(Analysis.self, from: try row.decode(at: 2, as: JSONB.self).bytes)
        }
        return answers
    }
}
