import Contracts
import Logging
import Metrics
import Observability
import Postgres
import Synchronization
import TaskAPICore

/// Lets requests pass as far as the quotas of their caller and of the tenant go, over all replicas together.
final class RateLimiter: Sendable {
    /// Whose requests a quota counts.
    enum Scope: String, CaseIterable, Sendable {
        case caller
        case tenant

        /// Whose bucket it is: whoever names users as it likes has one for all of them, by its credential.
        func subject(_ caller: Caller, credential: String?) -> String {
            switch self {
            // No tenant's or user's name holds that character.
            case .caller: credential.map { "\u{1F}\($0)" } ?? "\(caller.tenant)\u{1F}\(caller.user)"
            case .tenant: caller.tenant
            }
        }
    }

    /// A request that must not pass now.
    struct Refusal: Error {
        let quota: RateQuota
        let retryIn: Duration
        let standings: [RateStanding]
    }

    private struct Key: Hashable {
        let quota: RateQuota
        let subject: String
    }

    private struct Slot {
        var lease: RateLease?
        var asking: Task<Void, Never>?
        var waiting = 0
    }

    private enum Step {
        case pass([RateStanding])
        case refuse(Refusal)
        case wait([Task<Void, Never>])
    }

    /// Subjects that are known at a time; more than these begin anew.
    private static let subjects = 20_000
    private let quotas: [(scope: Scope, quota: RateQuota)]
    private let buckets: RateBuckets
    private let logger: Logger
    private let slots = Mutex<[Key: Slot]>([:])
    private static let refusals = Dictionary(
        uniqueKeysWithValues: Scope.allCases.map { scope in
            (scope.rawValue, MetricCatalogue.rateLimited.counter([("quota", scope.rawValue)]))
        })

    /// The header `RateLimit-Policy`; nil without a quota.
    let policy: String?

    /// - Parameter quotas: none lets everything pass.
    init(_ quotas: [Scope: RateQuota], buckets: RateBuckets, logger: Logger) {
        self.quotas = Scope.allCases.compactMap { scope in quotas[scope].map { (scope, $0) } }
        self.buckets = buckets
        self.logger = logger
        policy = self.quotas.isEmpty ? nil : self.quotas.map(\.quota.policy).joined(separator: ", ")
    }

    /// Takes one request of each quota.
    /// - Returns: where the caller stands then.
    /// - Throws: `Refusal` when a quota is used up.
    func admit(_ caller: Caller, credential: String?) async throws(Refusal) -> [RateStanding] {
        guard !quotas.isEmpty else { return [] }
        let keys = quotas.map { Key(quota: $0.quota, subject: $0.scope.subject(caller, credential: credential)) }
        var hasWaited = false
        while true {
            switch step(keys, hasWaited: hasWaited) {
            case .pass(let standings): return standings
            case .refuse(let refusal):
                Self.refusals[refusal.quota.name]?.increment()
                throw refusal
            case .wait(let asking):
                hasWaited = true
                for task in asking { await task.value }
            }
        }
    }

    private func step(_ keys: [Key], hasWaited: Bool, now: ContinuousClock.Instant = .now) -> Step {
        slots.withLock { slots in
            if hasWaited { for key in keys { slots[key]?.waiting -= 1 } }
            var missing: [Key] = []
            var refused: (Key, Duration)?
            for key in keys {
                switch slots[key]?.lease?.verdict(at: now) ?? .ask {
                case .pass: break
                case .ask: missing.append(key)
                case .refuse(let retryIn):
                    if retryIn > refused?.1 ?? .zero { refused = (key, retryIn) }
                }
            }
            func standings() -> [RateStanding] { keys.compactMap { slots[$0]?.lease?.standing(at: now) } }
            if let (key, retryIn) = refused {
                return .refuse(Refusal(quota: key.quota, retryIn: retryIn, standings: standings()))
            }
            if missing.isEmpty {
                for key in keys { slots[key]?.lease?.take() }
                return .pass(standings())
            }
            if slots.count + keys.count > Self.subjects { Self.makeRoom(&slots, at: now) }
            for key in keys { slots[key, default: Slot()].waiting += 1 }
            let unasked = missing.filter { slots[$0]?.asking == nil }
            if !unasked.isEmpty {
                let asks = unasked.map { key in
                    RateBuckets.Ask(
                        quota: key.quota, subject: key.subject,
                        requests: RateLease.ask(
                            after: slots[key]?.lease, of: key.quota, waiting: slots[key]?.waiting ?? 1))
                }
                let task = Task { await self.lease(asks) }
                for key in unasked { slots[key]?.asking = task }
            }
            return .wait(missing.compactMap { slots[$0]?.asking })
        }
    }

    /// Not cancelled with a request: others wait for it, too.
    private func lease(_ asks: [RateBuckets.Ask]) async {
        var grants: [RateBuckets.Ask: RateGrant] = [:]
        do {
            grants = try await buckets.lease(asks)
        } catch {
            logger.warning("requests are counted by this replica alone", metadata: ["reason": "\(error.reason)"])
        }
        let now = ContinuousClock.now
        slots.withLock { slots in
            for ask in asks {
                // Without the database what would be leased passes: a limit must not be what ends the service.
                let grant = grants[ask] ?? RateGrant(granted: ask.requests, left: 0, fullIn: ask.quota.window)
                let key = Key(quota: ask.quota, subject: ask.subject)
                slots[key]?.lease = RateLease(grant, of: ask.quota, at: now)
                slots[key]?.asking = nil
            }
        }
    }

    /// Forgets leases that are over, or else all that nobody waits for.
    private static func makeRoom(_ slots: inout [Key: Slot], at now: ContinuousClock.Instant) {
        slots = slots.filter { $0.value.waiting > 0 || !($0.value.lease?.isOver(at: now) ?? true) }
        if slots.count > subjects / 2 { slots = slots.filter { $0.value.waiting > 0 } }
    }

    /// Removes full buckets now and then, until the task is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: .seconds(600))
            do throws(DatabaseError) {
                try await buckets.removeFull()
            } catch {
                guard error.code != .cancelled else { throw error }
                logger.info("full buckets stay for now", metadata: ["reason": "\(error)"])
            }
        }
    }
}
