import AIAnalyzerProviders
import Contracts
import Synchronization

/// One analysis on its way down the ladder, told to whoever watches the task; each attempt writes from the start.
final class LiveProgress: ProgressTelling {
    private let task: TaskSnapshot
    private let story: Story
    private let publisher: ProgressPublisher
    /// Nil until a provider is asked.
    private let run = Mutex<AnalysisProgress?>(nil)

    init(_ task: TaskSnapshot, story: Story, to publisher: ProgressPublisher) {
        self.task = task
        self.story = story
        self.publisher = publisher
    }

    func started(_ identity: ProviderIdentity) {
        let source = AnalysisProgressed.Source(
            rung: .provider, provider: identity.name, model: identity.model, version: identity.version)
        run.withLock { run in
            if let run { return run.restart(source: source) }
            run = publisher.begin(task, story: story, source: source)
        }
    }

    func append(_ text: String) { run.withLock { $0 }?.append(text) }

    func finish() { run.withLock { $0 }?.finish() }
}
