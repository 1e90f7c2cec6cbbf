import AIAnalyzerCore
import Contracts
import Logging
import Metrics
import Observability
import Postgres
import Synchronization
import TriageModel

/// The model that serves and the challenger of a rollout, swapped without a restart; what can't be loaded never replaces
/// what works.
final class ModelHolder: Sendable {
    /// What answers now.
    struct Serving: Sendable {
        var model: TriageModel?
        /// What the registry calls the model; nil before it has spoken.
        var version: String?
        /// The registry's word that this is; 0 before it has spoken.
        var generation = 0
        /// Why this isn't the champion, or isn't a model at all.
        var degradation: String?
        /// Who is on trial beside it.
        var trial: Trial?

        var source: AnalysisAssembly.Source {
            AnalysisAssembly.Source(
                modelVersion: model?.header.version ?? "rules-1", rung: model == nil ? .rules : .embedded,
                degradation: degradation)
        }
    }

    private let pool: DatabasePool
    private let logger: Logger
    private let observer: RolloutObserver
    private let state: Mutex<Serving>
    private let hasAsked = Mutex(false)

    /// Starts with the model that ships with the package, or another one.
    init(base: TriageModel? = nil, pool: DatabasePool, observer: RolloutObserver, logger: Logger) {
        self.pool = pool
        self.observer = observer
        self.logger = logger
        var serving = Serving()
        do {
            serving.model = try base ?? TriageModel.base()
        } catch {
            serving.degradation = "no model is loaded: \(error)"
            logger.error("the shipped model can't be loaded", metadata: ["reason": "\(error)"])
        }
        state = Mutex(serving)
        publishMetric(nil, serving.source.modelVersion)
    }

    var serving: Serving { state.withLock { $0 } }

    /// Whether the registry was asked at least once since the start.
    var isReady: Bool { hasAsked.withLock { $0 } }

    /// Serves what the registry names, if it isn't that already. Artifacts that are here are not fetched again.
    /// - Throws: `DatabaseError` when the registry can't be read; what serves then goes on.
    func refresh() async throws {
        let now = serving
        let word = try await RegistryWord.read(
            pool, newerThan: now.generation, having: [now.version, now.trial?.model == nil ? nil : now.trial?.version])
        if let word, word.generation > now.generation { try await adopt(word, over: now) }
        hasAsked.withLock { $0 = true }
    }

    /// Asks until it has an answer; for the start, when the database may not be there yet.
    func refreshUntilAnswered() async throws {
        while !isReady {
            do {
                try await refresh()
            } catch let error as DatabaseError {
                logger.warning("the model registry can't be read yet", metadata: ["reason": "\(error.reason)"])
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func adopt(_ word: RegistryWord, over now: Serving) async throws {
        var next = Serving(model: now.model, version: now.version, generation: word.generation)
        switch model(word.champion, of: now) {
        case .success(let model):
            next.model = model
            next.version = word.champion.version
        case .failure(let fault):
            next.degradation = "champion \(word.champion.version) can't be loaded: \(fault)"
            if let before = try await versionBefore(word, of: now) {
                next.model = before.model
                next.version = before.version
            }
            logger.error(
                "a champion can't be loaded; the version before it serves",
                metadata: [
                    "model_version": "\(word.champion.version)",
                    "error_code": "\(ErrorCode.artifactUnreadable.rawValue)", "reason": "\(fault)",
                ])
        }
        next.trial = word.trial.map { trial($0, of: now) }
        let taken = next
        let isNew = state.withLock { state in
            guard word.generation > state.generation else { return false }
            state = taken
            return true
        }
        guard isNew else { return }
        tell(taken, before: now, word)
    }

    /// The version that served before the champion, so that a replica that has just started serves what the others do;
    /// nil when there is none, or it can't be loaded either.
    /// - Throws: `DatabaseError` when it isn't here and can't be fetched.
    private func versionBefore(
        _ word: RegistryWord, of now: Serving
    ) async throws -> (version: String, model: TriageModel)? {
        guard let version = word.previous else { return nil }
        let artifact =
            version == now.version
            ? RegistryWord.Artifact(version: version, count: nil, bytes: nil)
            : try await RegistryWord.artifact(of: version, pool)
        switch model(artifact, of: now) {
        case .success(let model): return (version, model)
        case .failure(let fault):
            logger.error(
                "the version before a champion can't be loaded either",
                metadata: [
                    "model_version": "\(version)", "error_code": "\(ErrorCode.artifactUnreadable.rawValue)",
                    "reason": "\(fault)",
                ])
            return nil
        }
    }

    private func trial(_ word: RegistryWord.Trial, of now: Serving) -> Trial {
        var (model, fault): (TriageModel?, String?)
        switch self.model(word.challenger, of: now) {
        case .success(let loaded) where loaded.header.version == word.challenger.version: model = loaded
        case .success(let loaded): fault = "it calls itself \(loaded.header.version)"
        case .failure(let reason): fault = reason.reason
        }
        if let fault {
            // Said at once, though nobody may have asked anything of it yet.
            observer.count(word.rolloutID) { $0.fault = "\(word.challenger.version) can't be loaded: \(fault)" }
            logger.error(
                "a challenger can't be loaded; everybody has the champion here",
                metadata: [
                    "model_version": "\(word.challenger.version)", "rollout_id": "\(word.rolloutID)",
                    "error_code": "\(ErrorCode.artifactUnreadable.rawValue)", "reason": "\(fault)",
                ])
        }
        return Trial(
            rolloutID: word.rolloutID, mode: word.mode, share: word.share, experiment: word.experiment,
            version: word.challenger.version, model: model, fault: fault)
    }

    private struct LoadFault: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// The model that is here by this name, or the one that was fetched.
    private func model(_ artifact: RegistryWord.Artifact, of now: Serving) -> Result<TriageModel, LoadFault> {
        if artifact.version == now.version, let model = now.model { return .success(model) }
        if artifact.version == now.trial?.version, let model = now.trial?.model { return .success(model) }
        guard let count = artifact.count else { return .failure(LoadFault(reason: "it is not in the registry")) }
        guard let bytes = artifact.bytes else {
            return .failure(LoadFault(reason: "it has \(count) bytes, at most \(TriageModel.maximumBytes) are loaded"))
        }
        do {
            return .success(try TriageModel.load(bytes: bytes))
        } catch {
            return .failure(LoadFault(reason: "\(error)"))
        }
    }

    private func tell(_ serving: Serving, before: Serving, _ word: RegistryWord) {
        publishMetric(before.source.modelVersion, serving.source.modelVersion)
        MetricCatalogue.servingGeneration.gauge().set(Double(serving.generation))
        var metadata: Logger.Metadata = [
            "model_version": "\(serving.source.modelVersion)", "generation": "\(serving.generation)",
            "previous": "\(before.source.modelVersion)",
            "behind_milliseconds": "\((EventTime.now.microseconds - word.changedAt.microseconds) / 1_000)",
        ]
        if let trial = serving.trial {
            metadata["challenger"] = "\(trial.version)"
            metadata["mode"] = "\(trial.mode.rawValue)"
            metadata["share_percent"] = "\(Double(trial.share) / 100)"
        }
        logger.notice("model serves", metadata: metadata)
    }

    private func publishMetric(_ previous: String?, _ version: String) {
        if let previous { Gauge(label: "triageloop_serving_model_info", dimensions: [("version", previous)]).record(0) }
        Gauge(label: "triageloop_serving_model_info", dimensions: [("version", version)]).record(1)
    }
}
