import Contracts
import Glibc
import Logging
import Observability
import Synchronization

/// Ends the process when its end takes too long, whatever a part does.
final class ShutdownWatchdog: Sendable {
    private let limit: Duration
    private let logger: Logger
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(limit: Duration, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    /// Starts counting; the first call counts.
    func begin() {
        let limit = limit
        let logger = logger
        task.withLock { task in
            if task != nil { return }
            // Unstructured on purpose: it must outlast a task group that waits for a part for ever.
            task = Task.detached {
                do {
                    try await Task.sleep(for: limit)
                } catch {
                    return  // everything ended in time
                }
                logger.critical(
                    "a part doesn't stop: ending the process",
                    metadata: ["error_code": .string(ErrorCode.internalError.rawValue), "limit": "\(limit)"])
                LogSystem.flush()
                exit(ServiceRunner.failureCode)
            }
        }
    }

    func end() { task.withLock { $0?.cancel() } }
}
