import Contracts

/// One event of each type, as it stands in `Golden/`; values that need escaping, optional members and none.
enum Sample {
    static let created = CloudEvent(
        id: identifier(1), source: .taskAPI, subject: taskID.description, time: time(9), story: story(cause: nil),
        sequence: 1, data: TaskCreated(task: task))

    static let edited = CloudEvent(
        id: identifier(2), source: .taskAPI, subject: taskID.description, time: time(11), story: story(cause: 1),
        sequence: 2, data: TaskEdited(task: editedTask))

    static let completed = CloudEvent(
        id: identifier(3), source: .aiAnalyzer, subject: taskID.description, time: time(10), story: story(cause: 1),
        sequence: 1,
        data: AnalysisCompleted(tenant: "acme", project: "shop", author: "ana", analysis: analysis))

    static let failed = CloudEvent(
        id: identifier(4), source: .aiAnalyzer, subject: taskID.description, time: time(10), story: story(cause: 1),
        sequence: 1,
        data: AnalysisFailed(
            taskID: taskID, tenant: "acme", author: "ana", revision: 1, code: .modelUnavailable,
            reason: "no artifact could be loaded"))

    static let progressed = CloudEvent(
        id: identifier(11), source: .aiAnalyzer, subject: taskID.description, time: time(9), story: story(cause: 1),
        sequence: 1,
        data: AnalysisProgressed(
            taskID: taskID, tenant: "acme", author: "ana", revision: 1,
            source: AnalysisProgressed.Source(
                rung: .provider, provider: "gateway", model: "small-1", version: "2026-11"), number: 3,
            text: "{\"category\": \"bug\", \"reason\": \"größ", characters: 36))

    static let feedback = CloudEvent(
        id: identifier(5), source: .taskAPI, subject: taskID.description, time: time(20), story: story(cause: 3),
        sequence: 1,
        data: FeedbackRecorded(
            feedbackID: identifier(50), task: task, user: "ben",
            fields: [
                JudgedField(
                    field: .category, value: .text("bug"), provenance: .accepted, suggested: .text("bug"),
                    confidence: 0.93),
                JudgedField(
                    field: .priority, value: .text("high"), provenance: .corrected, suggested: .text("medium"),
                    confidence: 0.5),
                JudgedField(
                    field: .effort, value: .number(5), provenance: .human, suggested: nil, confidence: nil),
            ], modelVersion: "base-1", analysedAt: time(10), recordedAt: time(20)))

    static let trainingRequested = CloudEvent(
        id: identifier(6), source: .taskAPI, subject: "training", time: time(30), story: story(cause: nil),
        data: TrainingRequested(requestedBy: "ops", reason: "after the import of old tickets"))

    static let trainingChanged = CloudEvent(
        id: identifier(7), source: .retrainingTrigger, subject: identifier(70).description, time: time(31),
        story: story(cause: 5),
        data: TrainingChanged(
            trainingID: identifier(70), state: .champion, reason: "macro F1 0.812 against 0.774 on 412 held-out tasks",
            examples: 2_048, candidateVersion: "m-20261122-1", championVersion: "base-1",
            metrics: ["f1": 0.8125, "accuracy": 0.8301],
            decision: GateDecision(
                verdict: .promote, reason: "not worse than the champion", tasks: 412, groups: 405, samples: 2_000,
                confidence: 0.9, omittedSlices: 3,
                findings: [
                    GateFinding(
                        slice: "all", measure: "category accuracy", level: .ok, tasks: 412, champion: 0.75,
                        challenger: 0.8125, low: 0.03125, high: 0.09375, chance: 0.9995, limit: -0.05,
                        rule: "must not be worse by more than chance or by more than 5 points"),
                    GateFinding(
                        slice: "project:payments", measure: "effort error", isProtected: true, level: .note, tasks: 7,
                        champion: nil, challenger: 2.5,
                        rule: "protected, but fewer than 20 tasks: not judged"),
                ]), changedAt: time(31)))

    static let modelRegistered = CloudEvent(
        id: identifier(8), source: .retrainingTrigger, subject: "m-20261122-1", time: time(32), story: story(cause: 7),
        data: ModelRegistered(
            version: "m-20261122-1", parent: "base-1", sha256: String(repeating: "0af9", count: 16), bytes: 2_097_152,
            metrics: ["f1": 0.8125], trainingID: identifier(70), registeredAt: time(32)))

    static let rolloutRequested = CloudEvent(
        id: identifier(9), source: .taskAPI, subject: "base-1", time: time(40), story: story(cause: nil),
        data: RolloutRequested(
            action: .rollback, version: nil, reason: "acceptance fell after the last change", requestedBy: "ops"))

    static let rolloutChanged = CloudEvent(
        id: identifier(10), source: .retrainingTrigger, subject: "base-1", time: time(41), story: story(cause: 9),
        data: RolloutChanged(
            champion: "base-1", previous: "m-20261122-1", reason: "rollback asked by ops", generation: 3,
            rollout: RolloutStanding(
                rolloutID: identifier(110), trainingID: identifier(70), challenger: "m-20261122-2", champion: "base-1",
                status: .canary, sharePercent: 12.5, experiment: "rollout-1f3a", cause: "step_passed",
                plan: "840 answers of 40 people in 14 days", answers: ArmCounts(champion: 61, challenger: 20),
                analyses: ArmCounts(champion: 412, challenger: 133)),
            changedAt: time(41)))

    static let rolloutObserved = CloudEvent(
        id: identifier(11), source: .aiAnalyzer, subject: identifier(110).description, time: time(42),
        story: story(cause: 10),
        data: RolloutObserved(
            rolloutID: identifier(110), replica: identifier(111).description,
            arms: [
                ArmObservation(
                    arm: .champion, analyses: 3,
                    latencies: [LatencyCount(milliseconds: 0.5, count: 2), LatencyCount(milliseconds: 1.5, count: 1)]),
                ArmObservation(arm: .challenger, analyses: 3, failures: 3),
            ], agreement: ShadowAgreement(compared: 3, category: 2, priority: 1),
            fault: "the artifact's checksum is wrong", observedAt: time(42)))
    static let replayChunk = CloudEvent(
        id: identifier(12), source: .taskAPI, subject: identifier(80).description, time: time(50),
        story: story(cause: nil),
        data: ReplayChunk(
            replayID: identifier(80), number: 3, candidateVersion: "m-20261122-1",
            tasks: [
                ReplayTask(
                    taskID: taskID, revision: 2, project: "shop", title: "Checkout crashes on an empty cart", body: "")
            ]))

    static let replayAnswered = CloudEvent(
        id: identifier(13), source: .aiAnalyzer, subject: identifier(80).description, time: time(51),
        story: story(cause: 12),
        data: ReplayAnswered(
            replayID: identifier(80), number: 3, candidateVersion: "m-20261122-1",
            answers: [ReplayAnswer(taskID: taskID, category: "bug", priority: "high", effort: 3)]))

    static let taskErased = CloudEvent(
        id: identifier(14), source: .taskAPI, subject: taskID.description, time: time(60), story: story(cause: nil),
        data: TaskErased(taskID: taskID, tenant: "acme", author: "ana", erasedBy: "ops", erasedAt: time(60)))

    static let labelsChanged = CloudEvent(
        id: identifier(17), source: .taskAPI, subject: "acme", time: time(62), story: story(cause: nil), sequence: 3,
        data: LabelsChanged(
            tenant: "acme", version: 3,
            change: LabelChange(.rename, ["bug"], into: "defect", description: "something \"broken\""),
            labels: [
                TeamLabel("defect", description: "something \"broken\""), TeamLabel("feature"),
                TeamLabel("bug", state: .renamed, into: "defect"), TeamLabel("chore", state: .retired),
                TeamLabel("enhancement", state: .merged, into: "feature"),
            ], changedBy: "ops", changedAt: time(62)))

    static let analysisErased = CloudEvent(
        id: identifier(15), source: .aiAnalyzer, subject: taskID.description, time: time(61), story: story(cause: 14),
        data: AnalysisErased(
            taskID: taskID, tenant: "acme", removed: [RemovedItems("analyses", 2), RemovedItems("repairs", 0)],
            doneAt: time(61)))

    static let trainingErased = CloudEvent(
        id: identifier(16), source: .retrainingTrigger, subject: taskID.description, time: time(61),
        story: story(cause: 14),
        data: TrainingErased(
            taskID: taskID, tenant: "acme", removed: [RemovedItems("feedback", 1)], doneAt: time(61)))

    static let taskID = identifier(100)

    static let task = TaskSnapshot(
        taskID: taskID, tenant: "acme", project: "shop", author: "ana",
        title: "Checkout crashes with \"NaN\" on an empty cart 🛒",
        body: "Steps:\n1. open C:\\shop\n2.\tpay\r\nΣ = 0,00 €; naïve café; \u{7}bell; </script>",
        labels: ["checkout", "größe"], revision: 1, createdAt: time(9), tier: "gold \"plus\"", group: "bêta",
        reference: TaskReference(system: "github", id: "acme/shop#12", url: "https://github.com/acme/shop/issues/12"))

    static let editedTask = TaskSnapshot(
        taskID: taskID, tenant: "acme", project: "shop", author: "ana", title: "Checkout crashes on an empty cart",
        body: "", labels: [], revision: 2, createdAt: time(9))

    static let analysis = Analysis(
        analysisID: identifier(30), taskID: taskID, revision: 1, modelVersion: "base-1", variant: "own",
        rung: .embedded,
        category: LabelSuggestion(
            value: "bug", confidence: 0.9375, zone: .auto, distribution: ["bug": 0.9375, "feature": 0.0625],
            reasons: [Reason(term: "crashes", field: "title", weight: 0.41)]),
        priority: LabelSuggestion(
            value: "high", confidence: 0.5, zone: .ask, distribution: ["high": 0.5, "medium": 0.25, "low": 0.25],
            reasons: []),
        effort: EffortSuggestion(points: 3, low: 1, high: 8, confidence: 0.5, enoughEvidence: true),
        labels: ["checkout"],
        similar: [
            SimilarTask(taskID: identifier(101), title: "Cart \\ empty", score: 0.71, sharedTerms: ["cart", "empty"])
        ], analysedAt: time(10), durationMicroseconds: 431)

    static func story(cause: Int?) -> Story {
        Story(
            correlationID: "story-7", causationID: cause.map { identifier($0).description },
            trace: TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")
                ?? TraceContext())
    }

    /// 2026-11-22, 23:05 and that many seconds.
    static func time(_ second: Int) -> EventTime {
        EventTime(microseconds: 1_795_388_700_000_000 + Int64(second) * 1_000_000 + 123_456)
    }

    static func identifier(_ number: Int) -> Identifier {
        var generator = SeededGenerator(seed: UInt64(number))
        return Identifier(at: time(0), using: &generator)
    }
}

/// One event type's sample with its payload type forgotten.
struct AnySample: Sendable, CustomStringConvertible {
    let type: EventType
    /// By `EventCoder`, the hot path where there is one.
    let encode: @Sendable () throws -> [UInt8]
    /// By Codable, members sorted.
    let canonical: @Sendable () throws -> [UInt8]
    /// Whether the bytes decode to the sample, by `EventCoder` and by Codable.
    let equals: @Sendable ([UInt8]) throws -> Bool
    /// What `EventCoder` and Codable make of the bytes.
    let verdict: @Sendable ([UInt8]) -> Verdict
    /// Whether the hand-written reader takes the bytes.
    let isReadFast: @Sendable ([UInt8]) -> Bool

    var description: String { type.rawValue }

    init<Payload: EventPayload>(_ event: CloudEvent<Payload>) {
        type = Payload.eventType
        encode = { try EventCoder.encode(event) }
        canonical = { try ContractJSON.encode(event, isSorted: true) }
        equals = { bytes in
            try EventCoder.decode(Payload.self, from: bytes) == event
                && ContractJSON.decode(CloudEvent<Payload>.self, from: bytes) == event
        }
        verdict = { bytes in Verdict(Payload.self, bytes) }
        isReadFast = { bytes in EventCoder.decodeFast(Payload.self, from: bytes) != nil }
    }

    static let all = [
        AnySample(Sample.created), AnySample(Sample.edited), AnySample(Sample.progressed), AnySample(Sample.completed),
        AnySample(Sample.failed),
        AnySample(Sample.feedback), AnySample(Sample.trainingRequested), AnySample(Sample.trainingChanged),
        AnySample(Sample.modelRegistered), AnySample(Sample.rolloutRequested), AnySample(Sample.rolloutChanged),
        AnySample(Sample.rolloutObserved),
        AnySample(Sample.replayChunk),
        AnySample(Sample.replayAnswered),
        AnySample(Sample.taskErased), AnySample(Sample.analysisErased), AnySample(Sample.trainingErased),
        AnySample(Sample.labelsChanged),
    ]

    /// The two types with a hand-written coder, and the one that shares it.
    static let hot = all.filter { [.taskCreated, .taskEdited, .analysisCompleted].contains($0.type) }
}

/// Whether the two ways to read an event say the same.
struct Verdict: Equatable {
    var isAcceptedByCoder: Bool
    var isAcceptedByCodable: Bool
    var isSameValue: Bool

    static let refused = Verdict(isAcceptedByCoder: false, isAcceptedByCodable: false, isSameValue: true)

    var isAgreed: Bool { isAcceptedByCoder == isAcceptedByCodable && isSameValue }

    init(isAcceptedByCoder: Bool, isAcceptedByCodable: Bool, isSameValue: Bool) {
        self.isAcceptedByCoder = isAcceptedByCoder
        self.isAcceptedByCodable = isAcceptedByCodable
        self.isSameValue = isSameValue
    }

    init<Payload: EventPayload>(_ type: Payload.Type, _ bytes: [UInt8]) {
        let fast = Result { try EventCoder.decode(type, from: bytes) }
        let slow = Result {
            let event = try ContractJSON.decode(CloudEvent<Payload>.self, from: bytes)
            let broken = event.brokenRules()
            guard broken.isEmpty else {
                throw EventCoder.Rejection(code: .invalidEvent, reason: "", brokenRules: broken)
            }
            return event
        }
        switch (fast, slow) {
        case (.success(let fast), .success(let slow)):
            self.init(isAcceptedByCoder: true, isAcceptedByCodable: true, isSameValue: fast == slow)
        case (.success, .failure): self.init(isAcceptedByCoder: true, isAcceptedByCodable: false, isSameValue: false)
        case (.failure, .success): self.init(isAcceptedByCoder: false, isAcceptedByCodable: true, isSameValue: false)
        case (.failure, .failure): self = .refused
        }
    }
}
