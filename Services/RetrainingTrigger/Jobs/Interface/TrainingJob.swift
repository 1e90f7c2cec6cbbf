package import Contracts

/// A training that another system runs: what it needs, by names relative to the job's own folder.
package struct TrainingJob: Sendable {
    /// The file that the job has to write.
    package static let outputName = "candidate.triagemodel"

    /// A file of the job.
    package struct File: Sendable {
        /// In the job's folder, with `/` between folders.
        package let name: String
        /// On this machine.
        package let path: String

        package init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// A word of what is appended to the program's own.
    package enum Argument: Hashable, Sendable {
        case word(String)
        /// A file or folder of the job, by its name.
        case file(String)
        /// The file that the job has to write.
        case output
    }

    /// The training's; jobs of a training that is repeated are found by it.
    package let id: Identifier
    /// The version that the candidate gets.
    package let version: String
    package let files: [File]
    /// What is appended to the program's words.
    package let arguments: [Argument]
    package let story: Story

    package init(id: Identifier, version: String, files: [File], arguments: [Argument], story: Story) {
        self.id = id
        self.version = version
        self.files = files
        self.arguments = arguments
        self.story = story
    }

    /// The arguments as a program takes them.
    /// - Parameters:
    ///   - folder: the job's; nil: where the program starts.
    ///   - output: the file that it has to write.
    func words(in folder: String?, output: String) -> [String] {
        arguments.map { argument in
            switch argument {
            case .word(let word): word
            case .file(let name): folder.map { "\($0)/\(name)" } ?? name
            case .output: output
            }
        }
    }
}

/// A system that runs trainings elsewhere.
package protocol JobService: Sendable {
    /// Runs the job, or finds the one that an earlier owner of the training has left, and waits for its end.
    ///
    /// A service that can't be reached is waited for. Cancelled, it leaves the job to whoever comes next.
    /// - Parameters:
    ///   - limit: for everything, from now on; then the job is stopped.
    ///   - notice: told what goes on.
    /// - Returns: the candidate.
    func run(
        _ job: TrainingJob, within limit: Duration, notice: @escaping @Sendable (JobNotice) -> Void
    ) async throws(JobFault) -> [UInt8]
}

/// What goes on with a job.
package enum JobNotice: Hashable, Sendable {
    /// How far it is, in words.
    case progress(String)
    /// The service doesn't answer, or only with faults; it is asked again.
    case away(String)
    /// It answers.
    case isThere
}

/// Why a job came to nothing, or one call to the service.
package struct JobFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// The service can't be reached or is overloaded: the same call may succeed later.
        case away
        /// The service refuses the call, or answers what isn't its protocol.
        case refused
        /// The job failed, or got lost.
        case failed
        /// The job says that the data are to blame.
        case data
        /// It took longer than it may.
        case timeout
        case cancelled
    }

    package let kind: Kind
    /// Without tokens; may quote what the job has written.
    package let reason: String
    /// HTTP status, where an answer came.
    package let status: Int?

    package init(_ kind: Kind, _ reason: String, status: Int? = nil) {
        self.kind = kind
        self.reason = reason
        self.status = status
    }

    package var description: String { reason }
}
