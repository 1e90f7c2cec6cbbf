import Synchronization

/// When somebody was last told that a training waits.
final class WaitingNotice: Sendable {
    private static let interval = Duration.seconds(600)
    private let told = Mutex<ContinuousClock.Instant?>(nil)

    /// Whether to tell it now: at first, and then once in an interval.
    func isDue() -> Bool {
        told.withLock { told in
            guard told.map({ $0.duration(to: .now) >= Self.interval }) ?? true else { return false }
            told = .now
            return true
        }
    }

    /// It waits no more.
    func end() { told.withLock { $0 = nil } }
}
