import Contracts
import CurlHTTP
import Logging

/// Ray's Jobs REST API (version 4, as of Ray 2.60), as far as we need it.
struct RayClient: Sendable {
    private struct Submission: Encodable {
        struct Environment: Encodable {
            let workingFolder: String
            let variables: [String: String]

            enum CodingKeys: String, CodingKey {
                case workingFolder = "working_dir"
                case variables = "env_vars"
            }
        }

        let entrypoint: String
        let id: String
        let environment: Environment
        let metadata: [String: String]
        let processors: Double?

        enum CodingKeys: String, CodingKey {
            case entrypoint, metadata
            case id = "submission_id"
            case environment = "runtime_env"
            case processors = "entrypoint_num_cpus"
        }
    }

    private struct Details: Decodable {
        let status: String
        let message: String?
        let exitCode: Int?

        enum CodingKeys: String, CodingKey {
            case status, message
            case exitCode = "driver_exit_code"
        }
    }

    private struct Log: Decodable {
        let logs: String
    }

    private let configuration: RayConfiguration
    private let transport: JobTransport

    init(_ configuration: RayConfiguration, logger: Logger) {
        self.configuration = configuration
        // A log has the candidate in base64, and what the program wrote.
        transport = JobTransport(
            timeout: configuration.timeout, caFile: configuration.caFile,
            maximumAnswerBytes: configuration.candidateBytes / 2 * 3 + (16 << 20), logger: logger)
    }

    func phase(of job: String) async throws(JobFault) -> JobPhase {
        let details: Details
        do throws(JobFault) {
            details = try JobTransport.decode(try await transport.send(request("GET", "jobs/\(job)")))
        } catch {
            guard error.status == 404 else { throw error }
            return .missing
        }
        switch details.status {
        case "SUCCEEDED": return .succeeded
        case "STOPPED": return .failed(JobFault(.failed, "the job was stopped"))
        case "FAILED":
            let kind = details.exitCode == JobEnd.dataFault ? JobFault.Kind.data : .failed
            return .failed(JobFault(kind, details.message ?? "the job failed"))
        default: return .underWay(details.status.lowercased())
        }
    }

    /// Sends the package, if the cluster hasn't got it.
    func upload(_ package: RayPackage) async throws(JobFault) {
        let path = "packages/gcs/\(package.name)"
        do throws(JobFault) {
            _ = try await transport.send(request("GET", path))
        } catch {
            guard error.status == 404 else { throw error }
            _ = try await transport.send(request("PUT", path, package.bytes, "application/octet-stream"))
        }
    }

    /// Starts the job. An id that is there already is refused with 500, as other faults are: look before asking again.
    func submit(_ job: TrainingJob, as id: String, package: String) async throws(JobFault) {
        let submission = Submission(
            entrypoint: "\(configuration.python) \(RayDriver.name)", id: id,
            environment: Submission.Environment(
                workingFolder: "gcs://\(package)",
                variables: [
                    "TRIAGELOOP_TRAINING_ID": job.id.description, "TRIAGELOOP_CORRELATION_ID": job.story.correlationID,
                    "TRACEPARENT": job.story.trace.traceparent, "PYTHONUNBUFFERED": "1",
                ]),
            metadata: ["training": job.id.description, "version": job.version],
            processors: configuration.processors > 0 ? configuration.processors : nil)
        let body: [UInt8]
        do {
            body = try ContractJSON.encode(submission)
        } catch {
            throw JobFault(.refused, "the job can't be written: \(error)")
        }
        _ = try await transport.send(request("POST", "jobs/", body, "application/json"))
    }

    func stop(_ id: String) async throws(JobFault) { _ = try await transport.send(request("POST", "jobs/\(id)/stop")) }

    func log(of id: String) async throws(JobFault) -> String {
        try JobTransport.decode(try await transport.send(request("GET", "jobs/\(id)/logs")), as: Log.self).logs
    }

    private func request(
        _ method: String, _ path: String, _ body: [UInt8] = [], _ contentType: String? = nil
    ) -> HTTPRequest {
        var headers = [HTTPHeader("Accept", "application/json")]
        if let contentType { headers.append(HTTPHeader("Content-Type", contentType)) }
        if let token = configuration.token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        return HTTPRequest(method: method, url: "\(configuration.url)/api/\(path)", headers: headers, body: body)
    }
}
