package import Logging

/// Trains as a job of a Ray cluster.
///
/// The job's id is made of the training's, so whoever goes on with a training finds its job rather than starting
/// another. A job that failed stays, and the next has the next number.
package struct RayJobs: JobService {
    private static let stopLimit = Duration.seconds(10)

    private let configuration: RayConfiguration
    private let client: RayClient

    package init(_ configuration: RayConfiguration, logger: Logger) {
        self.configuration = configuration
        client = RayClient(configuration, logger: logger)
    }

    package func run(
        _ job: TrainingJob, within limit: Duration, notice: @escaping @Sendable (JobNotice) -> Void
    ) async throws(JobFault) -> [UInt8] {
        let patience = Patience(limit, notice: notice)
        var last: JobFault?
        for number in 1...JobEnd.maximumJobs {
            let id = "triageloop-\(job.id)-\(number)"
            let phase = try await patience.call { () throws(JobFault) in try await client.phase(of: id) }
            switch phase {
            case .failed(let fault): last = fault
            case .missing:
                try await start(job, as: id, patience)
                return try await candidate(of: job, as: id, patience)
            case .underWay, .succeeded:
                notice(.progress("the job \(id) is there already"))
                return try await candidate(of: job, as: id, patience)
            }
        }
        throw JobFault(.failed, "\(JobEnd.maximumJobs) jobs failed, the last one: \(last?.reason ?? "")")
    }

    private func start(_ job: TrainingJob, as id: String, _ patience: Patience) async throws(JobFault) {
        let package = try await offPool { () throws(JobFault) in try RayPackage(job, configuration) }
        try await patience.call { () throws(JobFault) in
            try await client.upload(package)
            do throws(JobFault) {
                try await client.submit(job, as: id, package: package.name)
            } catch {
                // Its answer was lost, or another was faster: then it is there.
                guard error.kind == .away, try await client.phase(of: id) != .missing else { throw error }
            }
        }
    }

    private func candidate(of job: TrainingJob, as id: String, _ patience: Patience) async throws(JobFault) -> [UInt8] {
        var told: String?
        while true {
            let phase = try await patience.call { () throws(JobFault) in try await client.phase(of: id) }
            switch phase {
            case .missing: throw JobFault(.failed, "Ray has lost the job \(id)")
            case .failed(let fault): throw fault
            case .succeeded:
                let log = try await patience.call { () throws(JobFault) in try await client.log(of: id) }
                let maximum = configuration.candidateBytes
                return try await offPool { () throws(JobFault) in
                    try RayCandidate.read(log, of: job.id, within: maximum)
                }
            case .underWay(let how):
                if told != how { patience.notice(.progress("the job \(id) is \(how)")) }
                told = how
            }
            guard !patience.isOver else {
                try await stop(id)
                throw JobFault(.timeout, "the job took longer than \(patience.limit.components.seconds) s")
            }
            try await patience.pause(configuration.poll)
        }
    }

    /// Best effort: a cluster that is away keeps the job, which is then found as it is.
    private func stop(_ id: String) async throws(JobFault) {
        let patience = Patience(Self.stopLimit) { _ in }
        do throws(JobFault) {
            try await patience.call { () throws(JobFault) in try await client.stop(id) }
        } catch {
            if error.kind == .cancelled { throw error }
        }
    }
}
