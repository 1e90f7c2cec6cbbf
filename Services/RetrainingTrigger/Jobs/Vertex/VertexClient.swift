import Contracts
import CurlHTTP

/// Custom jobs of Vertex AI (version 1), as far as we need them.
struct VertexClient: Sendable {
    /// A job as it is there.
    struct Found: Decodable, Sendable {
        struct Status: Decodable, Sendable { let message: String? }

        /// `projects/…/customJobs/…`.
        let name: String
        let state: String?
        let createTime: String?
        let error: Status?
    }

    private struct List: Decodable { let customJobs: [Found]? }

    let configuration: VertexConfiguration
    let calls: BearerCalls

    /// The job of this name; of two that were made at once, the first.
    func find(_ displayName: String) async throws(JobFault) -> Found? {
        let filter = "display_name=\"\(displayName)\"".percentEncoded
        let list: List = try JobTransport.decode(
            try await calls.send("GET", "\(parent)/customJobs?filter=\(filter)&pageSize=10"))
        return list.customJobs?.min { ($0.createTime ?? "", $0.name) < ($1.createTime ?? "", $1.name) }
    }

    /// - Parameters:
    ///   - folder: of the job's files.
    ///   - limit: after which Vertex AI itself ends the job.
    func create(
        _ job: TrainingJob, as displayName: String, in folder: CloudFolder, output: CloudFolder, within limit: Duration
    ) async throws(JobFault) -> Found {
        let arguments = job.words(in: folder.mounted, output: "\(output.mounted)/\(TrainingJob.outputName)")
        var container: [String: JSONValue] = [
            "imageUri": .string(configuration.image),
            "args": .array((configuration.command.dropFirst() + arguments).map { .string($0) }),
            "env": .array(
                [
                    ("TRIAGELOOP_TRAINING_ID", job.id.description),
                    ("TRIAGELOOP_CORRELATION_ID", job.story.correlationID),
                    ("TRACEPARENT", job.story.trace.traceparent),
                ].map { ["name": .string($0), "value": .string($1)] }),
        ]
        if let program = configuration.command.first { container["command"] = [.string(program)] }
        var specification: [String: JSONValue] = [
            "workerPoolSpecs": [
                [
                    "machineSpec": ["machineType": .string(configuration.machineType)], "replicaCount": "1",
                    "containerSpec": .object(container),
                ]
            ],
            // A container that is started again by itself would be another job under the same name.
            "scheduling": ["timeout": .string("\(limit.components.seconds)s"), "disableRetries": true],
            "baseOutputDirectory": ["outputUriPrefix": .string(output.url)],
        ]
        if let account = configuration.serviceAccount { specification["serviceAccount"] = .string(account) }
        return try JobTransport.decode(
            try await calls.send(
                "POST", "\(parent)/customJobs",
                json: [
                    "displayName": .string(displayName), "jobSpec": .object(specification),
                    "labels": ["triageloop-training": .string(job.id.description)],
                ]))
    }

    func get(_ name: String) async throws(JobFault) -> Found {
        try JobTransport.decode(try await calls.send("GET", "\(configuration.url)/v1/\(name)"))
    }

    func cancel(_ name: String) async throws(JobFault) {
        _ = try await calls.send("POST", "\(configuration.url)/v1/\(name):cancel", json: [:])
    }

    private var parent: String { "\(configuration.url)/v1/\(configuration.parent)" }
}

extension VertexClient.Found {
    /// What the state means to who waits.
    var phase: JobPhase {
        let said = error?.message ?? ""
        // The exit code stands only in the message.
        let kind = said.contains("non-zero status of \(JobEnd.dataFault)") ? JobFault.Kind.data : .failed
        switch state {
        case "JOB_STATE_SUCCEEDED": return .succeeded
        case "JOB_STATE_FAILED", "JOB_STATE_PARTIALLY_SUCCEEDED":
            return .failed(JobFault(kind, said.isEmpty ? "the job failed" : said))
        case "JOB_STATE_CANCELLED", "JOB_STATE_CANCELLING": return .failed(JobFault(.failed, "the job was cancelled"))
        case "JOB_STATE_EXPIRED": return .failed(JobFault(.failed, "the job took longer than it may"))
        default: return .underWay((state ?? "new").replacing("JOB_STATE_", with: "").lowercased())
        }
    }
}
