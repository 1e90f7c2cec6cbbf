import Contracts
import FoundationEssentials
import Logging
import Messaging
import Observability
import Postgres
import RetrainingTriggerCore
import TriageModel

/// The work of each state. What an earlier state left on disk is made again when it is missing: the snapshot and the
/// candidate come out the same, byte for byte.
struct TrainingSteps: Sendable {
    /// What a state's work came to.
    struct Result: Sendable {
        /// With what the work found out; the state is still the old one.
        var row: TrainingRow
        var outcome: StepOutcome
        /// What belongs into the transaction that ends the state.
        var effect: (@Sendable (DatabaseTransaction) async throws -> [OutboxMessage])?
    }

    let feedback: FeedbackStore
    let registry: RegistryStore
    let base: TriageModel
    let trainer: any ModelTrainer
    let child: ChildProgram
    let workFolder: String
    /// Nil: words alone train.
    let vectors: SnapshotVectors?
    let logger: Logger

    func perform(_ row: TrainingRow) async throws -> Result {
        switch row.state {
        case .queued: Result(row: row, outcome: .done(reason: row.reason))
        case .snapshotting: try await snapshot(row)
        case .training: try await train(row)
        case .evaluating: try await evaluate(row)
        case .registering: try await register(row)
        case .champion, .rejected, .failed: Result(row: row, outcome: .done(reason: row.reason))
        }
    }

    private func snapshot(_ row: TrainingRow) async throws -> Result {
        guard let champion = try await registry.champion() else {
            throw TrainingFault(reason: "nothing serves yet")
        }
        var row = row
        row.championVersion = champion.version
        row.candidateVersion = row.version
        let folder = try await writeSnapshot(champion: champion.version)
        let manifest = folder.manifest
        row.snapshotSHA256 = folder.sha256
        row.examples = manifest.examples
        row.metrics["trained_on"] = Double(manifest.trained)
        row.metrics["held_out"] = Double(manifest.heldOut)
        let numbers = "\(manifest.trained) tasks to train on and \(manifest.heldOut) held out, from "
        let source = "\(manifest.feedback) feedback items"
        guard manifest.trained > 0 else {
            return Result(row: row, outcome: .rejected(reason: "nothing to learn: " + numbers + source))
        }
        return Result(row: row, outcome: .done(reason: numbers + source))
    }

    private func train(_ row: TrainingRow) async throws -> Result {
        let candidate = try await candidate(of: row, again: true)
        var row = row
        // One that can't be read is refused by the comparison, which comes next.
        row.candidateSHA256 = try? await offPool { try TriageModel.load(path: candidate).header.sha256 }
        return Result(row: row, outcome: .done(reason: "\(row.version) is trained"))
    }

    private func evaluate(_ row: TrainingRow) async throws -> Result {
        guard let version = row.championVersion, let bytes = try await registry.artifact(of: version) else {
            throw TrainingFault(reason: "the champion \(row.championVersion ?? "") is not in the registry")
        }
        let folder = try await snapshotFolder(of: row)
        let candidate = try await candidate(of: row)
        let champion = try await write(bytes, to: "champion.triagemodel", of: row)
        let said = try await child.run(
            [
                ChildCommand.compare, "--snapshot", folder, "--champion", champion, "--challenger", candidate,
            ] + (try await vectors(of: row, folder)?.arguments ?? []), progress: progress(of: row))
        guard let comparison = said else { throw TrainingFault(reason: "the child process gave no comparison") }
        var row = row
        row.metrics.merge(comparison.metrics) { _, new in new }
        guard row.candidateSHA256 == comparison.challengerSHA256 else {
            return Result(row: row, outcome: .rejected(reason: "the candidate is not the one that was trained"))
        }
        switch Gate.decide(comparison) {
        case .promote(let reason): return Result(row: row, outcome: .done(reason: reason))
        case .reject(let reason): return Result(row: row, outcome: .rejected(reason: reason))
        }
    }

    private func register(_ row: TrainingRow) async throws -> Result {
        let path = try await candidate(of: row)
        let model: TriageModel
        do {
            model = try await offPool { try TriageModel.load(path: path) }
        } catch {
            return Result(row: row, outcome: .rejected(reason: "the candidate can't be loaded: \(error)"))
        }
        guard model.header.sha256 == row.candidateSHA256, model.header.version == row.version else {
            return Result(row: row, outcome: .rejected(reason: "the candidate is not the one that was judged"))
        }
        guard let champion = try await registry.champion(), champion.version == row.championVersion else {
            let judged = row.championVersion ?? ""
            return Result(
                row: row, outcome: .rejected(reason: "\(judged), which it was compared with, serves no more"))
        }
        let manifest = try await snapshotFolder(of: row) + "/" + SnapshotFolder.manifestName
        let entry = RegistryStore.Entry(
            model, metrics: row.metrics, trainingID: row.id,
            manifest: try await offPool { Array(try Data(contentsOf: URL(fileURLWithPath: manifest))) })
        return Result(row: row, outcome: .done(reason: row.reason)) { transaction in
            try await Self.install(entry, row, transaction)
        }
    }

    /// Registers and promotes, or nothing: another champion by now makes the whole transaction fail.
    private static func install(
        _ entry: RegistryStore.Entry, _ row: TrainingRow, _ transaction: DatabaseTransaction
    ) async throws -> [OutboxMessage] {
        guard let serving = try await RegistryStore.serving(transaction), serving.champion == row.championVersion
        else { throw TrainingFault(reason: "the champion changed in the last moment") }
        let now = EventTime.now
        var messages: [OutboxMessage] = []
        if let event = try await RegistryStore.register(entry, story: row.story, at: now, transaction) {
            messages.append(try OutboxMessage(event))
        }
        let change = try await RegistryStore.promote(
            entry.version, over: serving, reason: row.reason, story: row.story, at: now, transaction)
        messages.append(try OutboxMessage(change))
        return messages
    }

    // MARK: What lies on disk

    /// Removes what nobody needs after a training's end: its run, runs that a crash left behind, and all but the latest
    /// snapshots. What the registry holds is in the database.
    func tidy(after row: TrainingRow) async {
        let folder = WorkFolder(path: workFolder)
        do {
            try await offPool { try folder.tidy(run: row.id.description, now: Date()) }
        } catch {
            logger.warning("the work folder could not be tidied", metadata: ["reason": "\(error)"])
        }
    }

    private func writeSnapshot(champion: String) async throws -> SnapshotFolder {
        let items = try await feedback.counted()
        let (base, workFolder) = ((version: base.header.version, sha256: base.header.sha256), workFolder)
        return try await offPool {
            try SnapshotFolder.write(items, base: base, championVersion: champion, in: workFolder)
        }
    }

    /// The snapshot's folder, made again if it isn't on this machine.
    private func snapshotFolder(of row: TrainingRow) async throws -> String {
        guard let sha256 = row.snapshotSHA256, let champion = row.championVersion else {
            throw TrainingFault(reason: "the training has no snapshot", isFinal: true)
        }
        let path = workFolder + "/" + sha256
        if FileManager.default.fileExists(atPath: path) { return path }
        let folder = try await writeSnapshot(champion: champion)
        guard folder.sha256 == sha256 else {
            throw TrainingFault(
                reason: "the snapshot \(sha256) is gone, and the data give another one now", isFinal: true)
        }
        return path
    }

    /// The candidate's artifact, trained again if it isn't on this machine.
    private func candidate(of row: TrainingRow, again: Bool = false) async throws -> String {
        let path = try await runFolder(of: row) + "/candidate.triagemodel"
        if !again, FileManager.default.fileExists(atPath: path) { return path }
        let folder = try await snapshotFolder(of: row)
        let order = TrainingOrder(
            snapshot: folder, base: try await write(base.serialized(), to: "base.triagemodel", of: row),
            version: row.version, createdAt: row.createdAt, output: path, vectors: try await vectors(of: row, folder))
        try await trainer.train(order, progress: progress(of: row))
        return path
    }

    /// The vectors of the snapshot's texts, asked for once a run.
    private func vectors(of row: TrainingRow, _ folder: String) async throws -> TrainingVectors? {
        guard let vectors else { return nil }
        let path = try await runFolder(of: row) + "/vectors.jsonl"
        return try await vectors.file(of: folder, at: path, row.story).map {
            TrainingVectors(path: $0, model: vectors.model)
        }
    }

    private func write(_ bytes: [UInt8], to name: String, of row: TrainingRow) async throws -> String {
        let path = try await runFolder(of: row) + "/" + name
        try await offPool { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) }
        return path
    }

    private func runFolder(of row: TrainingRow) async throws -> String {
        let path = workFolder + "/runs/" + row.id.description
        try await offPool {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        return path
    }

    private func progress(of row: TrainingRow) -> @Sendable (String) -> Void {
        let logger = logger
        return { line in
            logger.event(
                .info, "training goes on", story: row.story,
                more: ["training_id": "\(row.id)", "state": "\(row.state)", "progress": "\(line)"])
        }
    }
}
