import Synchronization

/// When a part was asked to stop.
final class StopTimes: Sendable {
    private let instant = Mutex<ContinuousClock.Instant?>(nil)

    var began: ContinuousClock.Instant? { instant.withLock { $0 } }

    func begin() { instant.withLock { $0 = .now } }
}

/// Seconds with three digits after the point.
func seconds(since start: ContinuousClock.Instant) -> String {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    let digits = String(attoseconds / 1_000_000_000_000_000)
    return "\(seconds)." + String(repeating: "0", count: 3 - digits.count) + digits
}
