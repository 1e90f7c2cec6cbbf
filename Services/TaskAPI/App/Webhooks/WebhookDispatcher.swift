import Contracts
import Logging
import Metrics
import Postgres
import Synchronization
import TaskAPICore
import TaskAPIWebhooks

/// Sends what is due. Any number of replicas may do so at once: each delivery is claimed by one, for so long that it is
/// dead when nothing comes of it.
final class WebhookDispatcher: Sendable {
    private let store: WebhookStore
    private let secrets: SecretBox
    private let client: WebhookClient
    private let settings: WebhookSettings
    private let logger: Logger
    /// Requests under way, by webhook.
    private let running = Mutex<[Identifier: Int]>([:])
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        store: WebhookStore, secrets: SecretBox, client: WebhookClient, settings: WebhookSettings, logger: Logger
    ) {
        self.store = store
        self.secrets = secrets
        self.client = client
        self.settings = settings
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something may be due.
    func wake() { waker.yield() }

    /// Until the task is cancelled; what is under way then is given back by its lease.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { [settings, waker] in
                while true {
                    try await Task.sleep(for: settings.poll)
                    waker.yield()
                }
            }
            for await _ in wakes {
                do {
                    for claim in try await claim() {
                        group.addTask { await self.attempt(claim) }
                    }
                } catch let error as DatabaseError {
                    if error.code == .cancelled { throw error }
                    logger.info("webhooks wait for the database", metadata: ["reason": "\(error)"])
                }
            }
            try Task.checkCancellation()
        }
    }

    /// What is due and may be sent now. A webhook whose endpoint is slow takes none of the others' places.
    private func claim() async throws -> [WebhookStore.Claim] {
        let counts = running.withLock { $0 }
        var free = settings.totalConcurrency - counts.values.reduce(0, +)
        var claims: [WebhookStore.Claim] = []
        func take(only: [Identifier]?, limit: Int) async throws {
            guard free > 0 else { return }
            let new = try await store.claim(
                only: only, busy: only == nil ? Array(counts.keys) : [], limit: limit, total: free,
                lease: settings.timeout + WebhookSettings.leaseMargin)
            free -= new.count
            running.withLock { running in for claim in new { running[claim.webhookID, default: 0] += 1 } }
            claims += new
        }
        try await take(only: nil, limit: settings.concurrency)
        for (count, hooks) in Dictionary(grouping: counts.keys, by: { counts[$0] ?? 0 })
        where count < settings.concurrency {
            try await take(only: hooks, limit: settings.concurrency - count)
        }
        return claims
    }

    private func attempt(_ claim: WebhookStore.Claim) async {
        defer {
            running.withLock { running in
                let left = (running[claim.webhookID] ?? 1) - 1
                running[claim.webhookID] = left > 0 ? left : nil
            }
            // There may be more for the place that is free now.
            wake()
        }
        let outcome = await send(claim)
        if Task.isCancelled { return }
        let verdict = WebhookVerdict.decide(
            outcome.status.map { .answered(status: $0, retryAfter: outcome.retryAfter) } ?? .failed,
            attempts: claim.attempts, schedule: settings.schedule, failing: claim.failing, patience: settings.patience,
            random: Double.random(in: 0...1))
        do {
            try await store.settle(
                claim, verdict,
                WebhookStore.Result(
                    status: outcome.status, error: outcome.error ?? Self.words(outcome.status),
                    excerpt: outcome.excerpt,
                    milliseconds: Int(outcome.duration / .milliseconds(1))))
        } catch {
            // Nobody knows that it was tried: it is tried again when the lease is over.
            logger.info("a webhook's attempt isn't noted", metadata: ["reason": "\(error)"])
        }
        report(claim, verdict, outcome)
    }

    private func send(_ claim: WebhookStore.Claim) async -> WebhookClient.Outcome {
        let now = EventTime.now.secondsSinceEpoch
        let id = claim.eventID.description
        var signatures: [String] = []
        for sealed in claim.secrets {
            // What doesn't open can't sign; without any signature nothing is sent.
            guard let secret = try? secrets.open(sealed, for: WebhookList.owner(claim.webhookID)) else { continue }
            signatures.append(HookSignature.standard(id: id, timestamp: now, body: claim.body, key: secret))
        }
        guard !signatures.isEmpty else {
            return .notSent("the secret was sealed with a key that isn't here")
        }
        if let fault = WebhookAddress.fault(
            in: claim.url, allowsHTTP: settings.allowsHTTP, allowsPrivate: settings.allowsPrivate)
        {
            return .notSent("the address \(fault)")
        }
        return await client.post(
            claim.body, to: claim.url,
            headers: [
                ("webhook-id", id), ("webhook-timestamp", String(now)),
                ("webhook-signature", signatures.joined(separator: " ")),
            ], now: Int(now))
    }

    /// Why an answer isn't one that counts.
    private static func words(_ status: Int?) -> String? {
        switch status {
        case .some(200..<300), nil: nil
        case .some(300..<400): "redirects aren't followed"
        case .some(let status): "the endpoint answered \(status)"
        }
    }

    private func report(_ claim: WebhookStore.Claim, _ verdict: WebhookVerdict, _ outcome: WebhookClient.Outcome) {
        let word =
            switch verdict.delivery {
            case .delivered: "delivered"
            case .retry: "failed"
            case .givenUp: "given_up"
            }
        Counter(label: "triageloop_webhook_attempts_total", dimensions: [("outcome", word)]).increment()
        let metadata: Logger.Metadata = [
            "webhook_id": "\(claim.webhookID)", "event_id": "\(claim.eventID)", "event_type": "\(claim.type)",
            "attempt": "\(claim.attempts)", "status": "\(outcome.status.map(String.init) ?? "none")",
            "reason": "\(outcome.error ?? "")",
        ]
        logger.log(level: word == "delivered" ? .debug : .info, "webhook attempted", metadata: metadata)
        if let disabling = verdict.disabling {
            Counter(label: "triageloop_webhooks_disabled_total", dimensions: [("cause", "\(disabling)")]).increment()
            logger.warning(
                "a webhook is disabled",
                metadata: metadata.merging(["cause": "\(disabling.rawValue)"]) { $1 })
        }
    }
}
