import Contracts
import CurlHTTP
import Postgres
import RabbitMQ
import TaskAPICore
import TestSupport

/// Half of the users see no suggestion.
enum HoldBackSamples {
    static let settings = [
        "TRIAGELOOP_HOLD_BACK_SHARE": "50", "TRIAGELOOP_HOLD_BACK_EXEMPT": "robot, operator",
    ]
    private static let holdBack = HoldBack(sharePercent: 50)

    /// The first users of a side.
    static func users(_ side: HoldBackSide, _ count: Int, tenant: String = "default") -> [String] {
        Array(
            (0...).lazy.map { "person-\($0)" }.filter { holdBack.side(tenant: tenant, user: $0) == side }.prefix(count))
    }

    /// What stands nowhere but in the analysis of `analysis(of:)`.
    static let marks = ["zebra", "0.8642", "xylophone", "quokka", "narwhal", "wombat", "7.25"]

    /// An analysis whose every value can be told from anything else.
    static func analysis(of task: TaskView, category: String = "zebra") -> Analysis {
        Analysis(
            analysisID: Identifier(), taskID: task.id, revision: task.revision, modelVersion: "m-1", rung: .provider,
            explanation: "It is about a wombat.",
            category: LabelSuggestion(
                value: category, confidence: 0.8642, zone: .suggest, distribution: [category: 0.8642],
                reasons: [Reason(term: "xylophone", field: "title", weight: 1)]),
            priority: LabelSuggestion(
                value: "high", confidence: 0.8642, zone: .suggest, distribution: ["high": 0.8642], reasons: []),
            effort: EffortSuggestion(points: 7.25, low: 7.25, high: 7.25, confidence: 0.8642, enoughEvidence: true),
            labels: ["narwhal"],
            similar: [SimilarTask(taskID: Identifier(), title: "quokka", score: 0.8642, sharedTerms: ["quokka"])],
            analysedAt: .now, durationMicroseconds: 1)
    }
}

extension LiveHarness {
    func call(
        _ method: String, _ path: String, _ body: String? = nil, user: String, tenant: String = "default"
    ) async throws -> HTTPResponse {
        var headers = [HTTPHeader("X-User-ID", user), HTTPHeader("X-Tenant-ID", tenant)]
        if body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
        return try await http.execute(
            HTTPRequest(method: method, url: url + path, headers: headers, body: Array((body ?? "").utf8)),
            deadline: .seconds(20))
    }

    func read<Value: Decodable>(
        _ type: Value.Type, _ path: String, user: String, tenant: String = "default"
    ) async throws -> Value {
        try ContractJSON.decode(type, from: try await call("GET", path, user: user, tenant: tenant).body)
    }

    /// Publishes analyses as ai-analyzer does, and waits until they are shown.
    func analyse(_ analyses: [(TaskView, Analysis)]) async throws {
        let failures = await publisher.publish(
            contentsOf: try analyses.map { task, analysis in
                let event = CloudEvent(
                    source: .aiAnalyzer, subject: task.id.description, story: Story(correlationID: task.correlationID),
                    sequence: task.revision,
                    data: AnalysisCompleted(
                        tenant: task.tenant, project: task.project, author: task.author, analysis: analysis))
                return OutgoingMessage(
                    exchange: Topology.events.name, routingKey: event.type.rawValue,
                    body: try EventCoder.encode(event),
                    properties: MessageProperties(
                        messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue,
                        isPersistent: true))
            })
        if let failure = failures.compactMap({ $0 }).first { throw failure }
        try await eventually("the analyses are shown", within: .seconds(30)) {
            try await pool.query(
                "SELECT count(*) FROM task.tasks WHERE id = ANY($1) AND status = 'analysed'",
                [analyses.map(\.0.id.uuid)]
            ).one().decode(at: 0, as: Int.self) == analyses.count
        }
    }

    func report(tenant: String = "default") async throws -> HoldBackReport {
        try await read(HoldBackReport.self, "/v1/insights/holdback", user: "operator", tenant: tenant)
    }

    func judge(
        _ task: Identifier, _ fields: String, user: String, tenant: String = "default"
    ) async throws -> HTTPResponse {
        try await call("POST", "/v1/tasks/\(task)/feedback", #"{"fields":[\#(fields)]}"#, user: user, tenant: tenant)
    }
}
