/// The limits on the phases of one transfer, besides its deadline.
struct PhaseLimits: Sendable {
    var tls: Duration?
    var firstByte: Duration?
    var idle: Duration?

    func limit(of phase: TransferPhase) -> Duration? {
        switch phase {
        case .securing: tls
        case .waiting: firstByte
        case .receiving: idle
        // libcurl's own connect time-out looks after it; a queued or paused transfer only has its deadline.
        case .queued, .connecting, .paused: nil
        }
    }
}

/// What one transfer is at.
enum TransferPhase: Sendable, Equatable {
    /// It waits for a connection, or for the look-up of a name.
    case queued
    case connecting
    /// The TLS handshake.
    case securing
    /// The request goes out, and no byte of the answer has come.
    case waiting
    case receiving
    /// The reader makes the server wait.
    case paused
}

/// When a transfer has taken too long; reads no clock.
struct TransferClock: Sendable {
    let limits: PhaseLimits
    private(set) var deadline: ContinuousClock.Instant?
    private(set) var phase = TransferPhase.queued
    private var since: ContinuousClock.Instant
    /// Whether a connection was ready for the request, so that the server may have seen it.
    private(set) var wasSent = false

    init(limits: PhaseLimits, deadline: Duration?, now: ContinuousClock.Instant) {
        self.limits = limits
        self.deadline = deadline.map { now.advanced(by: $0) }
        since = now
    }

    mutating func enter(_ phase: TransferPhase, at now: ContinuousClock.Instant) {
        if phase == .waiting { wasSent = true }
        self.phase = phase
        since = now
    }

    mutating func shorten(to end: ContinuousClock.Instant) { deadline = min(deadline ?? end, end) }

    /// Bytes came in: the idle time begins again.
    mutating func received(at now: ContinuousClock.Instant) { enter(.receiving, at: now) }

    /// The next moment at which `fault` may find something.
    var expiry: ContinuousClock.Instant? {
        let phaseEnd = limits.limit(of: phase).map { since.advanced(by: $0) }
        guard let deadline else { return phaseEnd }
        return min(deadline, phaseEnd ?? deadline)
    }

    /// The fault of a transfer that is over time.
    func fault(at now: ContinuousClock.Instant) -> HTTPClientError? {
        if let deadline, deadline <= now {
            return .timeout(phase: wasSent ? .total : phase == .queued ? .queue : .connect, wasSent: wasSent)
        }
        guard let limit = limits.limit(of: phase), since.advanced(by: limit) <= now else { return nil }
        let name: HTTPClientError.Phase =
            switch phase {
            case .securing: .tls
            case .waiting: .firstByte
            default: .idle
            }
        return .timeout(phase: name, wasSent: wasSent)
    }
}

/// What the loop must look after because libcurl doesn't; used on the loop's thread only.
final class TransferWatch {
    /// No transfer is over time before then; nil while none has a limit.
    private(set) var nextExpiry: ContinuousClock.Instant?
    /// Those whose TCP connection isn't there yet.
    var connecting: Set<UInt64> = []

    func note(_ clock: TransferClock) {
        guard let expiry = clock.expiry else { return }
        nextExpiry = min(nextExpiry ?? expiry, expiry)
    }

    /// Whether something may be over time; the caller then notes the clocks of all that go on.
    func takeExpiry(at now: ContinuousClock.Instant) -> Bool {
        guard let nextExpiry, nextExpiry <= now else { return false }
        self.nextExpiry = nil
        return true
    }
}
