import AIAnalyzerCore
import Contracts
import Logging
import Metrics
import Postgres
import Synchronization
import TriageModel

/// The model that serves, swapped without a restart; what can't be loaded never replaces what works.
final class ModelHolder: Sendable {
    /// What answers now.
    struct Serving: Sendable {
        var model: TriageModel?
        /// The registry's word that this is; 0 before it has spoken.
        var generation = 0
        /// Why this isn't the champion, or isn't a model at all.
        var degradation: String?

        var source: AnalysisAssembly.Source {
            AnalysisAssembly.Source(
                modelVersion: model?.header.version ?? "rules-1", rung: model == nil ? .rules : .embedded,
                degradation: degradation)
        }
    }

    private let pool: DatabasePool
    private let logger: Logger
    private let state: Mutex<Serving>
    private let hasAsked = Mutex(false)

    /// Starts with the model that ships with the package.
    init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
        var serving = Serving()
        do {
            serving.model = try TriageModel.base()
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

    /// Serves what the registry names, if it isn't that already.
    /// - Throws: `DatabaseError` when the registry can't be read; the present model then goes on.
    func refresh() async throws {
        let rows = try await pool.query(
            """
            SELECT serving.champion, serving.generation,
                CASE WHEN serving.generation > $1 THEN models.artifact END
            FROM registry.serving JOIN registry.models ON models.version = serving.champion
            """, [serving.generation])
        defer { hasAsked.withLock { $0 = true } }
        guard let row = rows.first else { return }
        let version: String = try row.decode(at: 0)
        let generation: Int = try row.decode(at: 1)
        guard generation > serving.generation, let artifact = try row.decode(at: 2, as: [UInt8]?.self) else { return }
        adopt(version, generation: generation, artifact: artifact)
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

    private func adopt(_ version: String, generation: Int, artifact: [UInt8]) {
        do {
            let model = try TriageModel.load(bytes: artifact)
            let previous = state.withLock { state -> String? in
                guard generation > state.generation else { return nil }
                defer { state = Serving(model: model, generation: generation, degradation: nil) }
                return state.source.modelVersion
            }
            publishMetric(previous, version)
            logger.notice(
                "model serves",
                metadata: [
                    "model_version": "\(version)", "generation": "\(generation)", "previous": "\(previous ?? "")",
                ])
        } catch {
            state.withLock { state in
                state.generation = max(state.generation, generation)
                state.degradation = "champion \(version) can't be loaded: \(error)"
            }
            logger.error(
                "a champion can't be loaded; the model before it goes on",
                metadata: [
                    "model_version": "\(version)", "error_code": "\(ErrorCode.artifactUnreadable.rawValue)",
                    "reason": "\(error)",
                ])
        }
    }

    private func publishMetric(_ previous: String?, _ version: String) {
        if let previous { Gauge(label: "triageloop_serving_model_info", dimensions: [("version", previous)]).record(0) }
        Gauge(label: "triageloop_serving_model_info", dimensions: [("version", version)]).record(1)
    }
}
