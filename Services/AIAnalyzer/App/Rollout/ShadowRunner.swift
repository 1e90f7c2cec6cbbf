import AIAnalyzerCore
import Contracts
import Metrics
import Observability
import TriageModel

/// Lets a challenger in shadow answer tasks after their analyses are stored: nobody waits for it or sees it.
///
/// What waits is bounded; under pressure tasks are left out, of both versions alike.
final class ShadowRunner: Sendable {
    /// A task that the champion has answered.
    private struct Item: Sendable {
        let trial: Trial
        let text: TaskText
        let embedding: TextEmbedding?
        /// Of the task's team.
        let labels: LabelMapping
        let category: String?
        let priority: String?
        /// The champion's.
        let milliseconds: Double
    }

    private let observer: RolloutObserver
    private let items: AsyncStream<Item>
    private let offering: AsyncStream<Item>.Continuation

    init(observer: RolloutObserver, capacity: Int) {
        self.observer = observer
        (items, offering) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingOldest(capacity))
    }

    /// Takes in what was answered while this challenger was in shadow; never waits.
    /// - Parameter milliseconds: what the champion took for each.
    func offer(_ drafts: [TaskHandler.Draft], of trial: Trial, labels: LabelSets, milliseconds: Double) {
        var dropped = 0
        for draft in drafts {
            let item = Item(
                trial: trial, text: draft.work.text, embedding: draft.embedding,
                labels: labels.mapping(of: draft.work.task.tenant), category: draft.analysis.category?.value,
                priority: draft.analysis.priority?.value,
                milliseconds: milliseconds)
            if case .dropped = offering.yield(item) { dropped += 1 }
        }
        if dropped > 0 {
            MetricCatalogue.challengerAnalyses.counter(
                [("arm", "challenger"), ("mode", "shadow"), ("outcome", "dropped")]
            ).increment(by: dropped)
        }
    }

    /// Until it is cancelled, behind all other work.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask(priority: .background) { [self] in
                for await item in items {
                    answer(item)
                    await Task.yield()
                }
            }
        }
    }

    private func answer(_ item: Item) {
        guard let model = item.trial.model else { return observer.fail(1, of: item.trial) }
        let start = ContinuousClock.now
        guard let prediction = model.predict([item.text], embeddings: [item.embedding]).first else { return }
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        observer.count(item.trial.rolloutID) { counts in
            counts.add(1, of: .champion, milliseconds: item.milliseconds)
            counts.add(1, of: .challenger, milliseconds: milliseconds)
            counts.compare(
                isCategorySame: AnalysisAssembly.category(of: prediction, item.labels)?.value == item.category,
                isPrioritySame: prediction.priority?.label == item.priority)
        }
        MetricCatalogue.challengerAnalyses.counter([("arm", "challenger"), ("mode", "shadow"), ("outcome", "done")])
            .increment()
    }
}

extension RolloutObserver {
    /// Notes analyses that the challenger should have made and can't.
    func fail(_ count: Int, of trial: Trial) {
        guard count > 0 else { return }
        self.count(trial.rolloutID) { $0.fail(count, of: .challenger) }
        MetricCatalogue.challengerAnalyses.counter(
            [("arm", "challenger"), ("mode", trial.mode.rawValue), ("outcome", "failed")]
        ).increment(by: count)
    }
}
