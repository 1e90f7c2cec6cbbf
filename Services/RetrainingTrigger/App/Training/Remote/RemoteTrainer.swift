import Contracts
import FoundationEssentials
import RetrainingTriggerCore
import RetrainingTriggerJobs
import Synchronization

/// Lets a job of another system train. The job belongs to the training, not to this process: it goes on when the service
/// stops, and whoever goes on with the training waits for it.
struct RemoteTrainer: ModelTrainer {
    /// Whether the other system answers.
    final class State: Sendable {
        private let fault = Mutex<String?>(nil)
        /// Nil while it answers, or nobody asks it.
        var current: String? { fault.withLock { $0 } }
        func note(_ reason: String?) { fault.withLock { $0 = reason } }
    }

    /// Of the system, for reasons.
    let name: String
    let service: any JobService
    let timeout: Duration
    let state = State()

    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        let (name, state) = (name, state)
        defer { state.note(nil) }
        let candidate: [UInt8]
        do throws(JobFault) {
            candidate = try await service.run(order.job, within: timeout) { notice in
                switch notice {
                case .progress(let text): progress(text)
                case .isThere: state.note(nil)
                case .away(let reason):
                    state.note("\(name) is away: \(reason)")
                    progress("\(name) is away and is asked again: \(reason)")
                }
            }
        } catch {
            try Task.checkCancellation()
            // What a job has written may stand in its reason.
            var said = OutputTail()
            said.append(error.reason.utf8)
            throw TrainingFault(reason: "\(name): \(said.text)", isFinal: error.kind == .data)
        }
        try await offPool { try Data(candidate).write(to: URL(fileURLWithPath: order.output), options: .atomic) }
    }
}

extension TrainingOrder {
    /// The order for another machine: the snapshot's folder keeps its name, which stands in the candidate's lineage.
    fileprivate var job: TrainingJob {
        let folder = snapshot.split(separator: "/").last.map(String.init) ?? ""
        var files = [SnapshotFolder.examplesName, SnapshotFolder.manifestName].map {
            TrainingJob.File(name: "\(folder)/\($0)", path: "\(snapshot)/\($0)")
        }
        files.append(TrainingJob.File(name: "base.triagemodel", path: base))
        var there: [TrainingJob.Argument] = [
            .word("--snapshot"), .file(folder), .word("--base"), .file("base.triagemodel"), .word("--version"),
            .word(version), .word("--created-at"), .word(createdAt.description), .word("--out"), .output,
        ]
        if let vectors {
            files.append(TrainingJob.File(name: "vectors.jsonl", path: vectors.path))
            there += [
                .word("--vectors"), .file("vectors.jsonl"), .word("--embedding-model"), .word(vectors.model),
            ]
        }
        return TrainingJob(id: id, version: version, files: files, arguments: there, story: story)
    }
}
