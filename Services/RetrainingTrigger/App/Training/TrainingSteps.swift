import Contracts
import FoundationEssentials
import Logging
import Messaging
import Observability
import Postgres
import RetrainingTriggerCore
import Rollout
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
    let labels: LabelSetStore
    let trainings: TrainingStore
    let registry: RegistryStore
    let rollouts: RolloutStore
    let planning: RolloutPlanning
    let base: TriageModel
    let trainer: any ModelTrainer
    let child: ChildProgram
    /// A larger candidate is refused.
    let maximumCandidateBytes: Int
    /// Nil: nobody is told of snapshots.
    let load: SnapshotLoad?
    let workFolder: String
    let cap: InfluenceCap
    let limits: ValidationLimits
    let gate: GateLimits
    /// Nil: words alone train.
    let vectors: SnapshotVectors?
    let logger: Logger

    func perform(_ row: TrainingRow) async throws -> Result {
        do {
            return try await work(row)
        } catch {
            if let fault = FullDisk.fault(error, in: workFolder) { throw fault }
            throw error
        }
    }

    private func work(_ row: TrainingRow) async throws -> Result {
        switch row.state {
        case .queued: Result(row: row, outcome: .done(reason: row.reason))
        case .snapshotting: try await snapshot(row)
        case .validating: try await validate(row)
        case .training: try await train(row)
        case .evaluating: try await evaluate(row)
        case .registering: try await register(row)
        case .shadow, .canary, .champion, .rejected, .rolledBack, .failed:
            Result(row: row, outcome: .done(reason: row.reason))
        }
    }

    private func snapshot(_ row: TrainingRow) async throws -> Result {
        guard let champion = try await registry.champion() else {
            throw TrainingFault(reason: "nothing serves yet")
        }
        var row = row
        row.championVersion = champion.version
        row.candidateVersion = row.version
        if let end = try await end(of: row, comparedWith: champion) { return end }
        let folder = try await writeSnapshot(champion: champion.version)
        try await load?.run(folder, of: row, progress: progress(of: row))
        let manifest = folder.manifest
        row.snapshotSHA256 = folder.sha256
        row.examples = manifest.examples
        row.metrics["trained_on"] = Double(manifest.trained)
        row.metrics["held_out"] = Double(manifest.heldOut)
        let numbers = "\(manifest.trained) tasks to train on and \(manifest.heldOut) held out, from "
        let source = "\(manifest.feedback) feedback items"
        return Result(row: row, outcome: .done(reason: numbers + source))
    }

    /// Checks the snapshot; what fails ends the training with the reasons.
    private func validate(_ row: TrainingRow) async throws -> Result {
        let folder = try await snapshotFolder(of: row)
        let run = try await runFolder(of: row)
        let paths = (order: run + "/validation.json", feedback: run + "/feedback.jsonl", report: run + "/report.json")
        let order = ValidationFiles.Order(
            bound: row.createdAt, last: try await trainings.lastAccepted(before: row),
            moved: try await labels.moved(before: row), limits: limits)
        let teams = try await labels.counted()
        let items = try await feedback.counted().map { item in
            var item = item
            item.fields = teams[item.tenant].renamed(item.fields)
            return item
        }
        try await offPool { try ValidationFiles.write(order, to: paths.order, items: items, to: paths.feedback) }
        _ = try await child.run(
            [
                ChildCommand.validate, "--snapshot", folder, "--order", paths.order, "--feedback", paths.feedback,
                "--base", try await write(base.serialized(), to: "base.triagemodel", of: row), "--out", paths.report,
            ], progress: progress(of: row))
        let found = try await offPool {
            try ContractJSON.decode(
                ValidationReport.self, from: try Data(contentsOf: URL(fileURLWithPath: paths.report)))
        }
        let report = found.accepting(Set(row.acceptedChecks))
        report.tell(row, logger)
        var row = row
        row.validation = report
        row.metrics["data_warnings"] = Double(report.checks(.warning).count)
        row.metrics["data_failures"] = Double(report.checks(.failure).count)
        return Result(
            row: row, outcome: report.passed ? .done(reason: report.reason) : .rejected(reason: report.reason))
    }

    private func train(_ row: TrainingRow) async throws -> Result {
        let path = try await candidate(of: row, again: true)
        var row = row
        let (version, maximum) = (row.version, maximumCandidateBytes)
        row.candidateSHA256 = try await offPool { try CandidateFile.sha256(path, version: version, within: maximum) }
        return Result(row: row, outcome: .done(reason: "\(row.version) is trained"))
    }

    private func evaluate(_ row: TrainingRow) async throws -> Result {
        guard let version = row.championVersion, let stored = try await registry.stored(version) else {
            throw TrainingFault(reason: "the champion \(row.championVersion ?? "") is not in the registry")
        }
        if let end = try await end(of: row, comparedWith: stored) { return end }
        let folder = try await snapshotFolder(of: row)
        let candidate = try await candidate(of: row)
        let champion = try await write(stored.bytes, to: "champion.triagemodel", of: row)
        let limits = try await write(try ContractJSON.encode(gate), to: "gate.json", of: row)
        let said = try await child.run(
            [
                ChildCommand.compare, "--snapshot", folder, "--champion", champion, "--challenger", candidate,
                "--limits", limits,
            ] + (try await vectors(of: row, folder)?.arguments ?? []), progress: progress(of: row))
        guard let comparison = said else { throw TrainingFault(reason: "the child process gave no comparison") }
        var row = row
        row.metrics.merge(comparison.metrics) { _, new in new }
        guard row.candidateSHA256 == comparison.challengerSHA256 else {
            return Result(row: row, outcome: .rejected(reason: "the candidate is not the one that was trained"))
        }
        let decision = Gate.decide(comparison, limits: gate)
        row.decision = decision
        return Result(
            row: row,
            outcome: decision.verdict == .promote
                ? .done(reason: decision.reason) : row.pastGate(decision.reason, logger))
    }

    /// The end of a training whose champion can't be loaded, nil when it can: no candidate could be compared with it,
    /// however often it is tried.
    private func end(of row: TrainingRow, comparedWith champion: StoredArtifact) async throws -> Result? {
        guard let damage = try await offPool({ champion.damage }) else { return nil }
        let remedy = "let another version serve (`triagectl models rollback` or `triagectl models promote VERSION`)"
        return Result(
            row: row,
            outcome: .failed(
                reason: "the champion \(champion.version) can't be loaded: \(damage); \(remedy), then train again"))
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
        let (plan, why) = planning.plan(for: try await rollouts.traffic(seconds: planning.base.horizonSeconds))
        let now = EventTime.now
        let rollout = RolloutRow(
            trainingID: row.id, challenger: entry.version, champion: champion.version, plan: why,
            state: CanaryRollout(plan, at: now.microseconds), at: now)
        let reason = [rollout.trial == nil ? nil : rollout.reason, row.reason, why].compactMap(\.self)
            .joined(separator: "; ")
        return Result(row: row, outcome: .rollout(rollout.trainingState, reason: reason)) { transaction in
            try await Self.install(entry, row, rollout, because: reason, transaction)
        }
    }

    /// Registers and begins the rollout, or nothing: another champion by now makes the whole transaction fail.
    private static func install(
        _ entry: RegistryStore.Entry, _ row: TrainingRow, _ rollout: RolloutRow, because reason: String,
        _ transaction: DatabaseTransaction
    ) async throws -> [OutboxMessage] {
        guard let serving = try await RegistryStore.serving(transaction), serving.champion == row.championVersion
        else { throw TrainingFault(reason: "the champion changed in the last moment") }
        var messages: [OutboxMessage] = []
        if let event = try await RegistryStore.register(entry, story: row.story, at: rollout.createdAt, transaction) {
            messages.append(try OutboxMessage(event))
        }
        let change = try await RolloutStore.begin(
            rollout, over: serving, because: reason, story: row.story, transaction)
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
        let labels = try await labels.counted()
        let (base, workFolder) = ((version: base.header.version, sha256: base.header.sha256), workFolder)
        let cap = cap
        return try await offPool {
            // What can't be removed now is no reason not to train: the sweep comes again.
            try? WorkFolder(path: workFolder).removeDrafts(now: Date())
            return try SnapshotFolder.write(
                items, base: base, championVersion: champion, cap: cap, labels: labels, in: workFolder)
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
            version: row.version, createdAt: row.createdAt, output: path, vectors: try await vectors(of: row, folder),
            id: row.id, story: row.story)
        // What an attempt before this one has left is none of this one's.
        try await offPool { try WorkFolder.remove(path) }
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
