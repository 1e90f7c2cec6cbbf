/// Every exchange, queue and binding, as data: declared at start, printed by `triagectl topology`, documented from.
package enum Topology {
    package static let events = Exchange(name: "triageloop.events", kind: .topic)
    package static let retry = Exchange(name: "triageloop.retry", kind: .direct)
    package static let deadLetters = Exchange(name: "triageloop.dlx", kind: .direct)
    package static let exchanges = [events, retry, deadLetters]

    package static let analyzerTasks = WorkQueue(.aiAnalyzer, "tasks", consumes: [.taskCreated, .taskEdited])
    package static let analyzerFeatures = WorkQueue(.aiAnalyzer, "features", consumes: [.feedbackRecorded])
    package static let projection = WorkQueue(
        .taskAPI, "projection",
        consumes: [.analysisCompleted, .analysisFailed, .trainingChanged, .modelRegistered, .rolloutChanged])
    package static let feedback = WorkQueue(.retrainingTrigger, "feedback", consumes: [.feedbackRecorded])
    package static let control = WorkQueue(
        .retrainingTrigger, "control", consumes: [.rolloutRequested, .trainingRequested])
    package static let observations = WorkQueue(.retrainingTrigger, "observations", consumes: [.rolloutObserved])

    /// Apart from the live tasks and from the projection: a large replay makes nobody wait.
    package static let analyzerReplays = WorkQueue(.aiAnalyzer, "replays", consumes: [.replayChunk])
    package static let replays = WorkQueue(.taskAPI, "replays", consumes: [.replayAnswered])

    /// Of a team: apart, so that a change is in effect at once whatever else waits.
    package static let analyzerLabels = WorkQueue(.aiAnalyzer, "labels", consumes: [.labelsChanged])
    package static let trainingLabels = WorkQueue(.retrainingTrigger, "labels", consumes: [.labelsChanged])

    /// What is to be removed of an erased task; apart, so that it waits for nothing and nothing waits for it.
    package static let analyzerErasures = WorkQueue(.aiAnalyzer, "erasures", consumes: [.taskErased])
    package static let trainingErasures = WorkQueue(.retrainingTrigger, "erasures", consumes: [.taskErased])
    package static let erasures = WorkQueue(
        .taskAPI, "erasures", consumes: [.taskErased, .analysisErased, .trainingErased])
    /// Apart from the projection: what other systems are told waits for nobody, and nobody for it.
    package static let webhooks = WorkQueue(.taskAPI, "webhooks", consumes: WebhookEvent.types)

    /// The durable queues, one purpose each.
    package static let workQueues = [
        analyzerTasks, analyzerFeatures, projection, feedback, control, observations, analyzerReplays, replays,
        analyzerErasures, trainingErasures, erasures,
        webhooks, analyzerLabels, trainingLabels,
    ]

    /// What each task-api replica streams to its browsers.
    package static let stream = ReplicaQueue(
        .taskAPI, "stream",
        consumes: [
            .taskCreated, .taskEdited, .taskErased, .analysisProgressed, .analysisCompleted, .analysisFailed,
            .feedbackRecorded, .rolloutChanged,
        ])
    /// How each ai-analyzer replica hears of another serving version.
    package static let analyzerControl = ReplicaQueue(.aiAnalyzer, "rollouts", consumes: [.rolloutChanged])
    /// How each of them hears of other labels, whichever replica writes them down.
    package static let analyzerLabelNews = ReplicaQueue(.aiAnalyzer, "label-news", consumes: [.labelsChanged])
    package static let replicaQueues = [stream, analyzerControl, analyzerLabelNews]

    /// Waits between attempts, in milliseconds; attempts = these + 1, then the dead letter.
    package static let retryDelaysMilliseconds = [500, 5_000, 30_000]
    /// Deliveries without an answer (crashes) before the broker itself dead-letters.
    package static let deliveryLimit = 20
    /// Messages that a queue holds before it refuses more (the outbox then keeps them).
    package static let maximumLength = 1_000_000
    /// How long a transient message stays in a queue that nobody reads, in milliseconds.
    package static let transientLifetimeMilliseconds = 2_000
}

/// An exchange; all are durable.
package struct Exchange: Hashable, Sendable {
    package enum Kind: String, Sendable { case topic, direct }
    package let name: String
    package let kind: Kind
}

/// A durable quorum queue with its waiting rooms and its dead letters.
package struct WorkQueue: Hashable, Sendable {
    package let service: ServiceName
    package let purpose: String
    package let consumes: [EventType]

    init(_ service: ServiceName, _ purpose: String, consumes: [EventType]) {
        self.service = service
        self.purpose = purpose
        self.consumes = consumes
    }

    package var name: String { "\(service.rawValue).\(purpose)" }
    package var deadLetterQueue: String { "\(name).dead" }
    /// The queue in which a message waits that long before it comes back; the delay is in the name because a queue's
    /// arguments cannot change.
    package func retryQueue(delayMilliseconds: Int) -> String { "\(name).retry.\(delayMilliseconds)" }
}

/// An exclusive queue that lives and dies with one replica.
package struct ReplicaQueue: Hashable, Sendable {
    package let service: ServiceName
    package let purpose: String
    package let consumes: [EventType]

    init(_ service: ServiceName, _ purpose: String, consumes: [EventType]) {
        self.service = service
        self.purpose = purpose
        self.consumes = consumes
    }

    package func name(replica: String) -> String { "\(service.rawValue).\(purpose).\(replica)" }
}

/// A queue as it is declared.
package struct QueueSpecification: Hashable, Sendable {
    package enum Argument: Hashable, Sendable {
        case text(String)
        case number(Int)
    }

    package let name: String
    package let arguments: [String: Argument]
    package let bindings: [QueueBinding]
}

/// One binding of a queue.
package struct QueueBinding: Hashable, Sendable {
    package let exchange: String
    package let routingKey: String
}

extension WorkQueue {
    /// The queue, its waiting rooms and its dead-letter queue, in the order in which they must be declared.
    package func specifications(retryDelaysMilliseconds: [Int] = Topology.retryDelaysMilliseconds)
        -> [QueueSpecification]
    {
        let dead = QueueSpecification(
            name: deadLetterQueue, arguments: ["x-queue-type": .text("quorum")],
            bindings: [QueueBinding(exchange: Topology.deadLetters.name, routingKey: name)])
        let work = QueueSpecification(
            name: name,
            arguments: [
                "x-queue-type": .text("quorum"),
                "x-delivery-limit": .number(Topology.deliveryLimit),
                "x-dead-letter-exchange": .text(Topology.deadLetters.name),
                "x-dead-letter-routing-key": .text(name),
                "x-dead-letter-strategy": .text("at-least-once"),
                "x-overflow": .text("reject-publish"),
                "x-max-length": .number(Topology.maximumLength),
            ],
            bindings: consumes.map { QueueBinding(exchange: Topology.events.name, routingKey: $0.rawValue) })
        let rooms = retryDelaysMilliseconds.map { delay in
            let name = retryQueue(delayMilliseconds: delay)
            return QueueSpecification(
                name: name,
                arguments: [
                    "x-queue-type": .text("quorum"),
                    "x-message-ttl": .number(delay),
                    "x-dead-letter-exchange": .text(""),
                    "x-dead-letter-routing-key": .text(self.name),
                    "x-dead-letter-strategy": .text("at-least-once"),
                    "x-overflow": .text("reject-publish"),
                    "x-max-length": .number(Topology.maximumLength),
                ],
                bindings: [QueueBinding(exchange: Topology.retry.name, routingKey: name)])
        }
        return [dead, work] + rooms
    }
}

extension Topology {
    /// docs/events.md.
    package static func markdown() -> String {
        var lines = [
            "# Events", "",
            "Generated by `triagectl topology --markdown` from `Shared/Contracts/Topology.swift`; a test compares them.",
            "",
            "Structured CloudEvents 1.0 (`application/cloudevents+json`) on the durable topic exchange "
                + "`\(events.name)`; the routing key is the type. JSON Schemas: `docs/schemas/<type>.json`.", "",
            "| event (= routing key) | emitter | consumed by | when |", "|---|---|---|---|",
        ]
        for type in EventType.allCases {
            let queues =
                workQueues.filter { $0.consumes.contains(type) }.map(\.name)
                + replicaQueues.filter { $0.consumes.contains(type) }.map { $0.name(replica: "<replica>") }
            lines.append(
                "| `\(type.rawValue)` | \(type.emitter.rawValue) | "
                    + queues.map { "`\($0)`" }.joined(separator: ", ") + " | \(type.meaning) |")
        }
        lines += [
            "",
            EventType.allCases.filter(\.isTransient).map { "`\($0.rawValue)`" }.joined(separator: ", ")
                + " is transient: not persistent, not mandatory, never in an outbox, gone after "
                + "\(transientLifetimeMilliseconds / 1_000) s in a queue, and dropped rather than waited for.", "",
            "## Queues", "",
            "Each work queue is a quorum queue (delivery limit \(deliveryLimit), at most \(maximumLength) messages, then "
                + "publishes are refused) with waiting rooms `<queue>.retry.<ms>` of "
                + retryDelaysMilliseconds.map(String.init).joined(separator: ", ")
                + " ms and a dead-letter queue `<queue>.dead`. A dead letter carries the headers `x-error-code`, "
                + "`x-error-reason`, `x-broken-rules` and `x-attempt`; see `triagectl dead-letters`.", "",
            "Replica queues are exclusive, end with their replica and hold nothing that matters.", "",
        ]
        return lines.joined(separator: "\n")
    }
}

extension EventType {
    /// One line for people.
    package var meaning: String {
        switch self {
        case .taskCreated: "a task was accepted; carries its text"
        case .taskEdited: "a task's text or project changed; its revision is one higher"
        case .taskErased: "a task was erased; whoever keeps its text removes it"
        case .analysisProgressed: "a remote model is writing its answer; the text so far, at most ten times a second"
        case .analysisCompleted: "a task's revision has its analysis"
        case .analysisFailed: "a task's revision could not be analysed"
        case .analysisErased: "ai-analyzer has removed what it had of an erased task"
        case .feedbackRecorded: "a person accepted, corrected or judged unseen; carries the text and what was suggested"
        case .trainingRequested: "a person asks for a training"
        case .trainingChanged: "a training reached a state, with the numbers that led there"
        case .trainingErased: "retraining-trigger has removed what it had of an erased task"
        case .modelRegistered: "a model version is in the registry"
        case .rolloutRequested: "a person asks for a promotion, a rollback, or a rollout to pause or resume"
        case .rolloutChanged: "another version serves from now on, or a challenger has another share of the users"
        case .rolloutObserved: "what a replica saw of champion and challenger while a rollout is under way"
        case .replayChunk: "recorded tasks that a candidate is to answer, to see what would change"
        case .replayAnswered: "what a candidate says of a chunk of recorded tasks, or why it can't"
        case .labelsChanged: "a team changed its labels; carries the change and the whole set that came of it"
        }
    }
}
