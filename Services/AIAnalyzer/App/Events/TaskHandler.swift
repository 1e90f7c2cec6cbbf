import AIAnalyzerCore
import Contracts
import Embeddings
import FeatureStore
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
    /// Nil: none are served.
    let features: FeatureServing?
    let store: AnalysisStore
    let relay: Relay
    /// Nil: the embedded model serves everybody.
    let remote: RemoteAnalyses?
    let observer: RolloutObserver
    let shadow: ShadowRunner
    let labels: LabelSets
    let logger: Logger
    private let duration = Metrics.Timer(label: "triageloop_analysis_duration_seconds")
    private static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
    private static let smallestSlice = 16

    init(
        holder: ModelHolder, neighbours: Neighbours, vectors: TaskVectors?, features: FeatureServing?,
        store: AnalysisStore, relay: Relay, remote: RemoteAnalyses?, observer: RolloutObserver, shadow: ShadowRunner,
        labels: LabelSets, logger: Logger
    ) {
        self.holder = holder
        self.neighbours = neighbours
        unaided = NeighbourAnswers(pool: store.pool, neighbours: neighbours, labels: labels)
        self.vectors = vectors
        self.features = features
        self.store = store
        self.relay = relay
        self.remote = remote
        self.observer = observer
        self.shadow = shadow
        self.labels = labels
        self.logger = logger
    }

    /// A task's text at one revision, and the story it belongs to.
    struct Work: Sendable {
        let task: TaskSnapshot
        let story: Story
        let kind: HistoryEvent.Kind
        /// When it was created or edited.
        let time: EventTime

        var text: TaskText { TaskText(project: task.project, title: task.title, body: task.body) }
    }

    /// What the rungs that need nobody else say of it.
    struct Draft: Sendable {
        let work: Work
        var analysis: Analysis
        let embedding: TextEmbedding?
        let features: ServedFeatures?
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
        try await labels.refreshUntilAnswered()
        let start = ContinuousClock.now
        let serving = holder.serving
        let (drafts, took) = try await analyse(work, serving)
        guard let remote else {
            try await finish(drafts)
            follow(drafts, took, serving)
            return outcomes
        }
        let (local, asking) = try await remote.split(drafts)
        try await withThrowingDiscardingTaskGroup { group in
            // Who needs nobody else waits for nobody else.
            if !local.isEmpty { group.addTask { try await finish(local) } }
            if !asking.isEmpty { group.addTask { try await remote.finish(asking, from: start) } }
        }
        follow(drafts, took, serving)
        return outcomes
    }

    /// Lets a challenger in shadow answer as well, after everything is stored.
    private func follow(_ drafts: [Draft], _ took: Duration, _ serving: ModelHolder.Serving) {
        guard let trial = serving.trial, trial.mode == .shadow, serving.model != nil else { return }
        shadow.offer(drafts, of: trial, labels: labels, milliseconds: took / .milliseconds(1) / Double(drafts.count))
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
            return Work(task: edited.data.task, story: edited.story, kind: .edited, time: edited.time)
        }
        let created = try event.decode(TaskCreated.self)
        return Work(
            task: created.data.task, story: created.story, kind: .created, time: created.data.task.createdAt)
    }

    /// - Returns: also how long the champion was at it, on all cores together.
    private func analyse(_ work: [Work], _ serving: ModelHolder.Serving) async throws -> ([Draft], Duration) {
        let clock = ContinuousClock()
        let start = clock.now
        // Beside the prediction, which doesn't wait for them.
        async let served = features?.serve(work)
        let texts = work.map(\.text)
        var took = Duration.zero
        let embeddings = await vectors?.vectors(of: texts) ?? texts.map { _ in nil }
        let tasks = work.map(\.task)
        var analyses: [Analysis]
        if let model = serving.model {
            let similar = await neighbours.lookUp(tasks, embeddings)
            let answers: [Answer]
            if let trial = serving.trial, trial.mode == .canary {
                answers = await self.answers(tasks, texts, embeddings, serving, model, trial)
            } else {
                let predictions: [Prediction]
                (predictions, took) = await predict(texts, embeddings, with: model)
                let source = serving.source
                answers = predictions.map { Answer(prediction: $0, source: source) }
            }
            let each = Int((clock.now - start) / .microseconds(1)) / work.count
            let now = EventTime.now
            analyses = work.indices.map { index in
                var analysis = AnalysisAssembly.analysis(
                    id: Identifier(), of: tasks[index], prediction: answers[index].prediction,
                    neighbours: similar[index], from: answers[index].source,
                    labels: labels.mapping(of: tasks[index].tenant), at: now, microseconds: each)
                analysis.variant = answers[index].arm?.rawValue
                return analysis
            }
        } else {
            analyses = try await unaided.analyses(
                tasks, embeddings, because: serving.degradation ?? "no model is loaded", at: .now)
            let each = Int((clock.now - start) / .microseconds(1)) / work.count
            for index in analyses.indices { analyses[index].durationMicroseconds = each }
        }
        let features = try await served
        let drafts = work.indices.map { index in
            duration.recordMicroseconds(analyses[index].durationMicroseconds)
            return Draft(
                work: work[index], analysis: analyses[index], embedding: embeddings[index],
                features: features?[index])
        }
        return (drafts, took)
    }

    /// What a version said of a task, and which of the two it was while a canary runs.
    private struct Answer {
        let prediction: Prediction
        let source: AnalysisAssembly.Source
        var arm: RolloutArm?
    }

    /// Each task by the version that its author has.
    private func answers(
        _ tasks: [TaskSnapshot], _ texts: [TaskText], _ embeddings: [TextEmbedding?], _ serving: ModelHolder.Serving,
        _ champion: TriageModel, _ trial: Trial
    ) async -> [Answer] {
        let wanted = tasks.map { trial.arm(of: $0) }
        if trial.model == nil { observer.fail(wanted.count { $0 == .challenger }, of: trial) }
        var answers = [Answer?](repeating: nil, count: tasks.count)
        for arm in RolloutArm.allCases {
            // Who can't have the challenger has the champion.
            let indices = tasks.indices.filter { (trial.model == nil ? .champion : wanted[$0]) == arm }
            guard !indices.isEmpty, let model = arm == .challenger ? trial.model : champion else { continue }
            let (predictions, took) = await predict(
                indices.map { texts[$0] }, indices.map { embeddings[$0] }, with: model)
            let source = arm == .challenger ? AnalysisAssembly.Source(challenger: model) : serving.source
            for (index, prediction) in zip(indices, predictions) {
                answers[index] = Answer(prediction: prediction, source: source, arm: arm)
            }
            let milliseconds = took / .milliseconds(1) / Double(indices.count)
            observer.count(trial.rolloutID) { $0.add(indices.count, of: arm, milliseconds: milliseconds) }
            MetricCatalogue.challengerAnalyses.counter(
                [("arm", arm.rawValue), ("mode", "canary"), ("outcome", "done")]
            ).increment(by: indices.count)
        }
        return answers.compactMap(\.self)
    }

    /// The predictions in order, sliced over the cores, and how long they took on all of them together.
    private func predict(
        _ texts: [TaskText], _ embeddings: [TextEmbedding?], with model: TriageModel
    ) async -> ([Prediction], Duration) {
        let start = ContinuousClock.now
        guard texts.count > Self.smallestSlice, Self.cores > 1 else {
            let predictions = model.predict(texts, embeddings: embeddings)
            return (predictions, ContinuousClock.now - start)
        }
        let size = max(Self.smallestSlice, (texts.count + Self.cores - 1) / Self.cores)
        return await withTaskGroup(of: (Int, [Prediction], Duration).self) { group in
            for start in stride(from: 0, to: texts.count, by: size) {
                let range = start..<min(start + size, texts.count)
                group.addTask {
                    let begin = ContinuousClock.now
                    let predictions = model.predict(Array(texts[range]), embeddings: Array(embeddings[range]))
                    return (start, predictions, ContinuousClock.now - begin)
                }
            }
            var parts: [(Int, [Prediction], Duration)] = []
            for await part in group { parts.append(part) }
            let took = parts.reduce(Duration.zero) { $0 + $1.2 }
            return (parts.sorted { $0.0 < $1.0 }.flatMap(\.1), took)
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
