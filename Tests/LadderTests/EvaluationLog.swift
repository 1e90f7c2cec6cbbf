import Logging
import Rollout
import Synchronization

/// The lines `feature_flag.evaluation` of a service's log, by task.
final class EvaluationLog: Sendable {
    private let lines = Mutex<[String: [[String: String]]]>([:])

    /// A logger that keeps those lines, at every level.
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// What was said of a task's decisions, in order.
    func evaluations(of task: String) -> [[String: String]] { lines.withLock { $0[task] ?? [] } }

    private struct Handler: LogHandler {
        let log: EvaluationLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.message.description == FlagEvaluation.eventName, let metadata = event.metadata,
                let task = metadata["task_id"]
            else { return }
            log.lines.withLock { $0[task.description, default: []].append(metadata.mapValues(\.description)) }
        }
    }
}
