import Resilience

/// Waits for a service that is away, and no longer than it may.
struct Patience: Sendable {
    private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(30))

    let limit: Duration
    let notice: @Sendable (JobNotice) -> Void
    private let end: ContinuousClock.Instant

    init(_ limit: Duration, notice: @escaping @Sendable (JobNotice) -> Void) {
        self.limit = limit
        self.notice = notice
        end = .now + limit
    }

    var isOver: Bool { ContinuousClock.now >= end }

    /// Makes the call again while the service is away.
    /// - Throws: the last fault when the time is over, else any that waiting doesn't mend.
    func call<Answer: Sendable>(
        _ body: @Sendable () async throws(JobFault) -> Answer
    ) async throws(JobFault) -> Answer {
        var failures = 0
        while true {
            do throws(JobFault) {
                let answer = try await body()
                if failures > 0 { notice(.isThere) }
                return answer
            } catch {
                guard error.kind == .away else { throw error }
                guard !isOver else {
                    throw JobFault(.timeout, "no answer for \(limit.components.seconds) s, the last time: \(error)")
                }
                notice(.away(error.reason))
                try await pause(Self.backoff.delay(attempt: failures))
                failures += 1
            }
        }
    }

    /// - Throws: `cancelled`.
    func pause(_ duration: Duration) async throws(JobFault) {
        do {
            try await Task.sleep(for: min(duration, max(.zero, end - .now)))
        } catch {
            throw JobFault(.cancelled, "the training was stopped")
        }
    }
}
