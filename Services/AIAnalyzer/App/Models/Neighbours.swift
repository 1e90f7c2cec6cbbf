import AIAnalyzerCore
import Contracts
import Logging
import Postgres
import TriageModel

/// The similarity index of this replica: its own tasks as they come, those of other replicas and of earlier days from
/// the database.
actor Neighbours {
    /// Similar tasks that an analysis shows.
    static let shown = 3

    private var index: SimilarityIndex
    private var seenUntil = Timestamp(microseconds: 0)
    private var erasedUntil = Timestamp(microseconds: 0)
    private var isFilled = false
    private let pool: DatabasePool
    private let capacity: Int
    private let replica: String

    init(capacity: Int, replica: String, pool: DatabasePool) {
        self.replica = replica
        index = SimilarityIndex(capacity: capacity)
        self.capacity = capacity
        self.pool = pool
    }

    var count: Int { index.count }

    /// Finds what each task is like among all before it, and remembers it for those after it.
    ///
    /// - Parameters:
    ///   - embeddings: the vector of each, nil where there is none.
    ///   - limit: most that are found for each.
    func lookUp(
        _ tasks: [TaskSnapshot], _ embeddings: [TextEmbedding?], limit: Int = shown
    ) -> [[ModelNeighbour]] {
        zip(tasks, embeddings).map { task, embedding in
            let text = TaskText(project: task.project, title: task.title, body: task.body)
            let found = index.query(
                text, scope: task.tenant, excluding: task.taskID.uuid, limit: limit, embedding: embedding)
            index.add(
                id: task.taskID.uuid, scope: task.tenant, title: task.title, text: text, embedding: embedding)
            return found
        }
    }

    /// Takes erased tasks out; unknown ones are fine.
    func forget(_ tasks: [Identifier]) {
        for task in tasks { index.remove(task.uuid) }
    }

    /// Takes in what there is unless that was done since the start.
    func fillOnce() async throws {
        if !isFilled { try await catchUp() }
    }

    /// Takes in what other replicas analysed since the last call (at the first: what anyone did).
    func catchUp() async throws {
        // Transactions commit out of order: look back a little.
        let from = Timestamp(microseconds: max(0, seenUntil.microseconds - 10_000_000))
        let rows = try await pool.query(
            """
            SELECT task_id, tenant, project, title, opening, analysed_at, vector, vector_model FROM analysis.analyses
            WHERE analysed_at > $1 AND replica <> $3 ORDER BY analysed_at DESC LIMIT $2
            """, [from, capacity, replica])
        for row in rows.reversed() {
            let id = Identifier(try row.decode(at: 0)).uuid
            seenUntil = max(seenUntil, try row.decode(at: 5))
            let title: String = try row.decode(at: 3)
            index.add(
                id: id, scope: try row.decode(at: 1), title: title,
                text: TaskText(project: try row.decode(at: 2), title: title, body: try row.decode(at: 4)),
                embedding: try Self.embedding(row))
        }
        try await forgetErased()
        isFilled = true
    }

    /// What was erased at any replica since the last call; at the first nothing of it is here.
    private func forgetErased() async throws {
        let rows = try await pool.query(
            "SELECT task_id, written_at FROM analysis.erasures WHERE written_at > $1 ORDER BY written_at",
            [Timestamp(microseconds: max(0, erasedUntil.microseconds - 10_000_000))])
        for row in rows {
            index.remove(try row.decode(at: 0))
            erasedUntil = max(erasedUntil, try row.decode(at: 1))
        }
    }

    private static func embedding(_ row: Row) throws -> TextEmbedding? {
        guard let bytes = try row.decode(at: 6, as: [UInt8]?.self), let model = try row.decode(at: 7, as: Int64?.self)
        else { return nil }
        return TextEmbedding(stored: bytes, modelNumber: model)
    }
}
