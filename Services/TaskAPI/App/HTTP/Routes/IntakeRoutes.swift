import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Resilience
import TaskAPIContract
import TaskAPICore

/// Webhooks of other systems. Nothing of a body is looked at before its signature is known to be right.
struct IntakeRoutes: Sendable {
    /// How long a webhook waits for its turn: GitHub itself waits 10 s.
    private static let patience = Duration.seconds(5)

    private let sources: IntakeSources
    private let store: IntakeStore
    private let settings: IntakeSettings
    private let gate: BulkheadGate
    private let logger: Logger

    init(sources: IntakeSources, store: IntakeStore, settings: IntakeSettings, logger: Logger) {
        self.sources = sources
        self.store = store
        self.settings = settings
        self.logger = logger
        gate = BulkheadGate(Bulkhead(limit: settings.concurrency, queueLimit: settings.concurrency))
    }

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.takeGitHub, to: gitHub)
        routes.bind(API.takeGitLab, to: gitLab)
    }

    @Sendable func gitHub(_ call: Call<GitHubIssueHook, IntakeReceipt>) async throws -> Reply<IntakeReceipt> {
        let source = try await source(.github, of: call)
        let signature = try call(HeaderParameters.hubSignature)
        // Whoever can't write one needn't send 25 MB.
        guard HookSignature.hubCode(signature) != nil else { throw forged(source) }
        return try await reading(call) { body in
            guard HookSignature.isGitHub(signature, of: body, secret: try sources.secret(of: source)) else {
                throw forged(source)
            }
            let event = try call(HeaderParameters.gitHubEvent) ?? "none"
            let asks =
                try GitHubIssues.withoutBody(event: event)
                ?? {
                    let hook = try decodeChecked(GitHubIssueHook.self, from: body)
                    return GitHubIssues.read(hook, labels: source.labels, project: source.project, now: .now)
                }()
            return try await take(
                IntakeStore.Delivery(id: try call(HeaderParameters.gitHubDelivery), event: event, asks: asks),
                of: source, call)
        }
    }

    @Sendable func gitLab(_ call: Call<GitLabIssueHook, IntakeReceipt>) async throws -> Reply<IntakeReceipt> {
        let source = try await source(.gitlab, of: call)
        let token = try call(HeaderParameters.gitLabToken)
        let signatures = try call(HeaderParameters.webhookSignature)
        guard token != nil || signatures != nil else { throw forged(source) }
        return try await reading(call) { body in
            let secret = try sources.secret(of: source)
            let id = try call(HeaderParameters.webhookID)
            let isRight =
                if signatures != nil {
                    HookSignature.isStandard(
                        id: id, timestamp: try call(HeaderParameters.webhookTimestamp), signatures: signatures,
                        of: body, key: HookSignature.key(of: String(decoding: secret, as: UTF8.self)),
                        now: EventTime.now.secondsSinceEpoch)
                } else {
                    HookSignature.isToken(token, secret: secret)
                }
            guard isRight else { throw forged(source) }
            let event = try call(HeaderParameters.gitLabEvent) ?? "none"
            let asks =
                try GitLabIssues.withoutBody(event: event)
                ?? {
                    let hook = try decodeChecked(GitLabIssueHook.self, from: body)
                    return GitLabIssues.read(hook, labels: source.labels, project: source.project, now: .now)
                }()
            return try await take(IntakeStore.Delivery(id: id, event: event, asks: asks), of: source, call)
        }
    }

    private func source<Body>(
        _ kind: IntakeKind, of call: Call<Body, IntakeReceipt>
    ) async throws -> IntakeSource {
        let id = try call.required(PathParameters.source)
        guard let source = try await sources.addressed(id, kind: kind) else {
            throw Problem(.sourceNotFound, detail: "No \(kind.rawValue) source \(id).")
        }
        return source
    }

    /// Runs `body` with the bytes of the request, of which so many are in memory at once.
    private func reading<Body>(
        _ call: Call<Body, IntakeReceipt>, _ body: ([UInt8]) async throws -> Reply<IntakeReceipt>
    ) async throws -> Reply<IntakeReceipt> {
        do {
            return try await gate.run(patience: Self.patience) {
                try await body(Array(try await call.bytes(atMost: settings.bodyBytes).readableBytesView))
            }
        } catch is BulkheadGate.Refusal {
            throw Problem(.overloaded, detail: "\(settings.concurrency) webhooks are being read already.")
        }
    }

    private func take<Body>(
        _ delivery: IntakeStore.Delivery, of source: IntakeSource, _ call: Call<Body, IntakeReceipt>
    ) async throws -> Reply<IntakeReceipt> {
        let receipt = try await store.take(delivery, of: source, story: call.story)
        count(source.kind, receipt.repeated == true ? "repeated" : receipt.outcome.rawValue)
        logger.info(
            "webhook taken",
            metadata: [
                "source_id": "\(source.id)", "event": "\(delivery.event)", "outcome": "\(receipt.outcome.rawValue)",
                "task_id": "\(receipt.taskID.map(\.description) ?? "")",
                "correlation_id": "\(call.story.correlationID)",
            ])
        return try Reply(.accepted, receipt)
    }

    private func forged(_ source: IntakeSource) -> Problem {
        count(source.kind, "forged")
        logger.warning(
            "a webhook's signature is wrong",
            metadata: ["source_id": "\(source.id)", "error_code": "\(ErrorCode.signatureInvalid.rawValue)"])
        return Problem(
            .signatureInvalid, detail: "The signature is missing, malformed, or not made with the source's secret.")
    }

    private func count(_ kind: IntakeKind, _ outcome: String) {
        Counter(label: "triageloop_intake_total", dimensions: [("kind", kind.rawValue), ("outcome", outcome)])
            .increment()
    }
}
