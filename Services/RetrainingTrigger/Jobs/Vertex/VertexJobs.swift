import AccessTokens
import Contracts
import CurlHTTP
import FoundationEssentials
package import Logging

/// Trains as a custom job of Vertex AI, with its files in Cloud Storage, which the job's container sees as a folder.
///
/// The job's display name is made of the training's id, so whoever goes on with a training finds its job rather than
/// starting another. Vertex AI itself lets two jobs have one name: of two that were made at once the first counts.
package struct VertexJobs: JobService {
    private static let stopLimit = Duration.seconds(10)

    private let configuration: VertexConfiguration
    private let client: VertexClient
    private let storage: CloudStorage

    package init(_ configuration: VertexConfiguration, logger: Logger) {
        self.configuration = configuration
        let transport = JobTransport(
            timeout: configuration.timeout, caFile: configuration.caFile,
            maximumAnswerBytes: configuration.candidateBytes + (1 << 20), logger: logger)
        // The metadata server is reached without a proxy, like everything of this machine.
        let tokens: any TokenSource =
            configuration.tokenFile.map { FileToken(path: $0) }
            ?? MetadataToken(url: configuration.tokenURL, client: HTTPClient(logger: logger))
        let calls = BearerCalls(transport: transport, tokens: tokens)
        client = VertexClient(configuration: configuration, calls: calls)
        storage = CloudStorage(url: configuration.storageURL, calls: calls)
    }

    package func run(
        _ job: TrainingJob, within limit: Duration, notice: @escaping @Sendable (JobNotice) -> Void
    ) async throws(JobFault) -> [UInt8] {
        let patience = Patience(limit, notice: notice)
        let folder = configuration.folder.folder(job.id.description)
        var last: JobFault?
        for number in 1...JobEnd.maximumJobs {
            let name = "triageloop-\(job.id)-\(number)"
            let output = folder.folder("job-\(number)")
            let found = try await patience.call { () throws(JobFault) in try await client.find(name) }
            switch found?.phase {
            case .failed(let fault)?: last = fault
            case .none, .missing?:
                let made = try await start(job, as: name, in: folder, output, patience)
                return try await candidate(of: made, in: output, patience)
            case .underWay?, .succeeded?:
                notice(.progress("the job \(name) is there already"))
                return try await candidate(of: found?.name ?? "", in: output, patience)
            }
        }
        throw JobFault(.failed, "\(JobEnd.maximumJobs) jobs failed, the last one: \(last?.reason ?? "")")
    }

    /// - Returns: the job's full name.
    private func start(
        _ job: TrainingJob, as name: String, in folder: CloudFolder, _ output: CloudFolder, _ patience: Patience
    ) async throws(JobFault) -> String {
        for file in job.files {
            let content = try await offPool { () throws(JobFault) in
                guard let data = FileManager.default.contents(atPath: file.path) else {
                    throw JobFault(.refused, "\(file.path) can't be read")
                }
                return Array(data)
            }
            try await patience.call { () throws(JobFault) in try await storage.put(content, as: file.name, in: folder) }
        }
        return try await patience.call { () throws(JobFault) in
            // An earlier attempt's answer may have been lost.
            if let found = try await client.find(name) { return found.name }
            return try await client.create(job, as: name, in: folder, output: output, within: patience.limit).name
        }
    }

    private func candidate(
        of name: String, in output: CloudFolder, _ patience: Patience
    ) async throws(JobFault) -> [UInt8] {
        var told: String?
        while true {
            let phase = try await patience.call { () throws(JobFault) in try await client.get(name).phase }
            switch phase {
            case .missing: throw JobFault(.failed, "the job \(name) is gone")
            case .failed(let fault): throw fault
            case .succeeded:
                return try await patience.call { () throws(JobFault) in
                    do throws(JobFault) {
                        return try await storage.get(TrainingJob.outputName, in: output)
                    } catch {
                        guard error.status == 404 else { throw error }
                        throw JobFault(.failed, "the job wrote no \(output.url)/\(TrainingJob.outputName)", status: 404)
                    }
                }
            case .underWay(let how):
                if told != how { patience.notice(.progress("the job \(name) is \(how)")) }
                told = how
            }
            guard !patience.isOver else {
                try await cancel(name)
                throw JobFault(.timeout, "the job took longer than \(patience.limit.components.seconds) s")
            }
            try await patience.pause(configuration.poll)
        }
    }

    /// Best effort: a job that can't be reached ends itself at the same limit.
    private func cancel(_ name: String) async throws(JobFault) {
        let patience = Patience(Self.stopLimit) { _ in }
        do throws(JobFault) {
            try await patience.call { () throws(JobFault) in try await client.cancel(name) }
        } catch {
            if error.kind == .cancelled { throw error }
        }
    }
}
