import AIAnalyzerCore
import Contracts
import Embeddings
import FoundationEssentials
import Logging
import Messaging
import Metrics
import Observability
import Postgres
import TriageModel

/// Analyses tasks as they are created or edited: the model on all cores, then one transaction for the batch.
struct TaskHandler: Sendable {
    let holder: ModelHolder
    let neighbours: Neighbours
    /// Where no model is loaded.
    let unaided: NeighbourAnswers
    /// Nil: words alone answer.
    let vectors: TaskVectors?
    let store: AnalysisStore
    let relay: Relay
    /// Nil: the embedded model serves everybody.
    let remote: RemoteAnalyses?
    let logger: Logger
    private let duration = Metrics.Timer(label: "triageloop_analysis_duration_seconds")
    private static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
    private static let smallestSlice = 16

    init(
        holder: ModelHolder, neighbours: Neighbours, vectors: TaskVectors?, store: AnalysisStore, relay: Relay,
        remote: RemoteAnalyses?, logger: Logger
    ) {
        self.holder = holder
        self.neighbours = neighbours
        unaided = NeighbourAnswers(pool: store.pool, neighbours: neighbours)
        self.vectors = vectors
        self.store = store
        self.relay = relay
        self.remote = remote
        self.logger = logger
    }

    /// A task's text at one revision, and the story it belongs to.
    struct Work: Sendable {
        let task: TaskSnapshot
        let story: Story
    }

    /// What the rungs that need nobody else say of it.
    struct Draft: Sendable {
        let work: Work
        var analysis: Analysis
        let embedding: TextEmbedding?
    }

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var work: [Work] = []
        var seen = Set<Key>()
        var outcomes: [Outcome] = []
        for event in events {
            do {
                let one = try Self.work(event)
                // A batch may hold the same task twice; one result is enough.
                if seen.insert(Key(task: one.task.taskID, revision: one.task.revision)).inserted { work.append(one) }
                outcomes.append(.done)
            } catch {
                outcomes.append(.deadLetter(error))
            }
        }
        guard !work.isEmpty else { return outcomes }
        try await holder.refreshUntilAnswered()
        let start = ContinuousClock.now
        let drafts = try await analyse(work)
        guard let remote else {
            try await finish(drafts)
            return outcomes
        }
        let (local, asking) = try await remote.split(drafts)
        try await withThrowingDiscardingTaskGroup { group in
            // Who needs nobody else waits for nobody else.
            if !local.isEmpty { group.addTask { try await finish(local) } }
            for one in asking { group.addTask { try await remote.finish(one, from: start) } }
        }
        return outcomes
    }

    private func finish(_ drafts: [Draft]) async throws {
        let stored = try await store.store(try drafts.map { try NewAnalysis($0.analysis, of: $0) })
        await relay.enqueue(stored.map(\.outbox))
        Self.report(stored, logger: logger, showsVectors: vectors != nil)
    }

    /// What has one analysis.
    struct Key: Hashable {
        let task: Identifier
        let revision: Int
    }

    private static func work(_ event: IncomingEvent) throws(EventCoder.Rejection) -> Work {
        if event.type == .taskEdited {
            let edited = try event.decode(TaskEdited.self)
            return Work(task: edited.data.task, story: edited.story)
        }
        let created = try event.decode(TaskCreated.self)
        return Work(task: created.data.task, story: created.story)
    }

    private func analyse(_ work: [Work]) async throws -> [Draft] {
        let serving = holder.serving
        let clock = ContinuousClock()
        let start = clock.now
        let texts = work.map { TaskText(project: $0.task.project, title: $0.task.title, body: $0.task.body) }
        let embeddings = await vectors?.vectors(of: texts) ?? texts.map { _ in nil }
        let tasks = work.map(\.task)
        var analyses: [Analysis]
        if let model = serving.model {
            let similar = await neighbours.lookUp(tasks, embeddings)
            let predictions = await predict(texts, embeddings, with: model)
            let each = Int((clock.now - start) / .microseconds(1)) / work.count
            let now = EventTime.now
            analyses = work.indices.map { index in
                AnalysisAssembly.analysis(
                    id: Identifier(), of: tasks[index], prediction: predictions[index], neighbours: similar[index],
                    from: serving.source, at: now, microseconds: each)
            }
        } else {
            analyses = try await unaided.analyses(
                tasks, embeddings, because: serving.degradation ?? "no model is loaded", at: .now)
            let each = Int((clock.now - start) / .microseconds(1)) / work.count
            for index in analyses.indices { analyses[index].durationMicroseconds = each }
        }
        return work.indices.map { index in
            duration.recordMicroseconds(analyses[index].durationMicroseconds)
            return Draft(work: work[index], analysis: analyses[index], embedding: embeddings[index])
        }
    }

    /// The predictions in order, sliced over the cores.
    private func predict(
        _ texts: [TaskText], _ embeddings: [TextEmbedding?], with model: TriageModel
    ) async -> [Prediction] {
        guard texts.count > Self.smallestSlice, Self.cores > 1 else {
            return model.predict(texts, embeddings: embeddings)
        }
        let size = max(Self.smallestSlice, (texts.count + Self.cores - 1) / Self.cores)
        return await withTaskGroup(of: (Int, [Prediction]).self) { group in
            for start in stride(from: 0, to: texts.count, by: size) {
                let range = start..<min(start + size, texts.count)
                group.addTask {
                    (start, model.predict(Array(texts[range]), embeddings: Array(embeddings[range])))
                }
            }
            var parts: [(Int, [Prediction])] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    /// Counts and logs what is stored.
    static func report(_ stored: [NewAnalysis], logger: Logger, showsVectors: Bool = false) {
        for (rung, analyses) in Dictionary(grouping: stored, by: \.analysis.rung) {
            Counter(label: "triageloop_analyses_total", dimensions: [("rung", rung.rawValue)])
                .increment(by: analyses.count)
        }
        for new in stored {
            logger.event(
                .info, "task analysed", story: new.event.ownStory, taskID: new.task.taskID, eventID: new.event.id,
                eventType: new.event.type, more: metadata(new, showsVectors: showsVectors))
        }
    }

    private static func metadata(_ new: NewAnalysis, showsVectors: Bool) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "model_version": "\(new.analysis.modelVersion)", "rung": "\(new.analysis.rung.rawValue)",
            "revision": "\(new.task.revision)",
        ]
        if showsVectors { metadata["has_vector"] = "\(new.embedding != nil)" }
        if let model = new.analysis.model { metadata["model"] = "\(model)" }
        if new.analysis.degraded { metadata["degraded"] = "\(new.analysis.reason ?? "true")" }
        if let variant = new.analysis.variant { metadata["variant"] = "\(variant)" }
        return metadata
    }
}
