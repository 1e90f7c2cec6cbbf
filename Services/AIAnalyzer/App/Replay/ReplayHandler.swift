import AIAnalyzerCore
import Contracts
import Dispatch
import FoundationEssentials
import Logging
import Messaging
import Observability
import Postgres
import TriageModel

/// Lets candidates answer recorded tasks. Apart from the live analyses: a queue of its own, a chunk at a time, on one core
/// at a low priority.
///
/// A chunk that comes twice is answered twice; task-api counts the first answer.
struct ReplayHandler: Sendable {
    let candidates: CandidateModels
    let labels: LabelSets
    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for event in events {
            let chunk: CloudEvent<ReplayChunk>
            do {
                chunk = try event.decode(ReplayChunk.self)
            } catch {
                outcomes.append(.deadLetter(error))
                continue
            }
            let message = try OutboxMessage(try await answer(chunk))
            _ = try await pool.transaction([outbox.insertion(of: [message])])
            await relay.enqueue([message])
            outcomes.append(.done)
        }
        return outcomes
    }

    /// What to tell of a chunk that died, so that its replay ends; nil for what is none.
    static func obituary(_ dead: IncomingEvent, reason: String) -> CloudEvent<ReplayAnswered>? {
        guard let chunk = try? dead.decode(ReplayChunk.self) else { return nil }  // Then no replay is known.
        return event(chunk, fault: "chunk \(chunk.data.number) could not be answered: \(reason)")
    }

    private func answer(_ chunk: CloudEvent<ReplayChunk>) async throws -> CloudEvent<ReplayAnswered> {
        switch try await candidates.find(chunk.data.candidateVersion) {
        case .fault(let reason): return Self.event(chunk, fault: reason)
        case .model(let model):
            let vectors = try await vectors(of: chunk.data.tasks)
            return Self.event(
                chunk,
                answers: await Self.answers(model, chunk.data.tasks, vectors, try await teams(of: chunk.data.tasks)))
        }
    }

    private static func event(
        _ chunk: CloudEvent<ReplayChunk>, fault: String? = nil, answers: [ReplayAnswer] = []
    ) -> CloudEvent<ReplayAnswered> {
        CloudEvent(
            source: .aiAnalyzer, subject: chunk.data.replayID.description, story: chunk.story,
            data: ReplayAnswered(
                replayID: chunk.data.replayID, number: chunk.data.number,
                candidateVersion: chunk.data.candidateVersion,
                fault: fault.map { String($0.unicodeScalars.prefix(2_000)) }, answers: answers))
    }

    /// On a thread of Dispatch's, not Swift's pool, on which live analyses run.
    private static func answers(
        _ model: TriageModel, _ tasks: [ReplayTask], _ vectors: [Key: TextEmbedding],
        _ teams: [UUID: LabelMapping]
    ) async -> [ReplayAnswer] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                var scratch = FeatureScratch()
                continuation.resume(
                    returning: tasks.map { task in
                        let prediction = model.predict(
                            TaskText(project: task.project, title: task.title, body: task.body),
                            embedding: vectors[Key(task: task.taskID.uuid, revision: task.revision)], scratch: &scratch)
                        return ReplayAnswer(
                            taskID: task.taskID,
                            category: AnalysisAssembly.category(
                                of: prediction, teams[task.taskID.uuid] ?? .none)?.value,
                            priority: prediction.priority?.label, effort: prediction.effort?.points)
                    })
            }
        }
    }

    private struct Key: Hashable {
        let task: UUID
        let revision: Int
    }

    /// What the tasks' teams call their categories; a task that was never analysed here is of no team.
    private func teams(of tasks: [ReplayTask]) async throws -> [UUID: LabelMapping] {
        try await labels.refreshUntilAnswered()
        let rows = try await pool.query(
            "SELECT DISTINCT task_id, tenant FROM analysis.analyses WHERE task_id = ANY ($1)",
            [tasks.map(\.taskID.uuid)])
        var teams: [UUID: LabelMapping] = [:]
        for row in rows { teams[try row.decode(at: 0)] = labels.mapping(of: try row.decode(at: 1)) }
        return teams
    }

    /// The vectors that the tasks' own analyses had: a candidate sees what the champion saw, and no server is asked again.
    private func vectors(of tasks: [ReplayTask]) async throws -> [Key: TextEmbedding] {
        let rows = try await pool.query(
            """
            SELECT task_id, revision, vector, vector_model FROM analysis.analyses
            JOIN unnest($1::uuid[], $2::int4[]) AS asked (task_id, revision) USING (task_id, revision)
            WHERE vector IS NOT NULL
            """, [tasks.map(\.taskID.uuid), tasks.map { Int32(clamping: $0.revision) }])
        var vectors: [Key: TextEmbedding] = [:]
        for row in rows {
            let key = Key(task: try row.decode(at: 0), revision: Int(try row.decode(at: 1, as: Int32.self)))
            guard let bytes = try row.decode(at: 2, as: [UInt8]?.self),
                let model = try row.decode(at: 3, as: Int64?.self)
            else { continue }
            vectors[key] = TextEmbedding(stored: bytes, modelNumber: model)
        }
        return vectors
    }
}
