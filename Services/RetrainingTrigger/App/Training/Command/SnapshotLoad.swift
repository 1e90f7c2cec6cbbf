import Contracts
import FoundationEssentials
import Logging
import Metrics
import Observability
import RetrainingTriggerCore

/// Lets somebody's program take a snapshot to where others want it, once it is written.
///
/// The folder and its SHA-256 are the program's last two arguments. It runs once for each snapshot on a machine, and
/// again when a crash, or another machine, doesn't know that it ran: it goes by the SHA-256.
struct SnapshotLoad: Sendable {
    /// Of the note beside a snapshot's folder: which program has taken it on.
    static let noteSuffix = ".loaded"

    let command: CommandWords
    let environment: ProgramEnvironment
    /// A failure ends the training, rather than being told only.
    let isRequired: Bool
    let child: ChildProgram
    let logger: Logger

    /// - Throws: `TrainingFault` when the program fails and is required.
    func run(_ folder: SnapshotFolder, of row: TrainingRow, progress: @escaping @Sendable (String) -> Void) async throws
    {
        let note = folder.path + Self.noteSuffix
        let words = command.words.joined(separator: "\n")
        // No note, or another program's.
        if (try? String(contentsOfFile: note, encoding: .utf8)) == words { return }
        do {
            let ended = try await child.run(
                foreign: command.words + [folder.path, folder.sha256],
                environment: environment.variables(row.story, more: ["TRIAGELOOP_TRAINING_ID": row.id.description]),
                progress: progress)
            if let fault = ended.fault(of: command.program) { throw TrainingFault(reason: fault) }
            try await offPool { try Data(words.utf8).write(to: URL(fileURLWithPath: note), options: .atomic) }
            count("loaded")
        } catch {
            try Task.checkCancellation()
            count("failed")
            let reason = "the snapshot was not taken on by SNAPSHOT_COMMAND: \(error)"
            if isRequired { throw TrainingFault(reason: reason) }
            logger.event(
                .error, "a snapshot was not taken on", story: row.story,
                more: ["training_id": "\(row.id)", "snapshot": "\(folder.sha256)", "reason": "\(reason)"])
        }
    }

    private func count(_ outcome: String) {
        MetricCatalogue.snapshotLoads.counter([("outcome", outcome)]).increment()
    }
}
