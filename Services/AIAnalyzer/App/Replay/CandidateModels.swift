import Contracts
import Dispatch
import Logging
import Postgres
import TriageModel

/// Versions that replays ask for, beside what serves: loaded from the registry when they are asked for, the last few kept.
actor CandidateModels {
    /// A version, or why there is none.
    enum Found: Sendable {
        case model(TriageModel)
        case fault(String)
    }

    private let pool: DatabasePool
    private let logger: Logger
    private let capacity: Int
    /// The last used last.
    private var loaded: [(version: String, model: TriageModel)] = []

    /// - Parameter capacity: models that are kept.
    init(pool: DatabasePool, capacity: Int, logger: Logger) {
        self.pool = pool
        self.capacity = capacity
        self.logger = logger
    }

    /// A version of the registry; one that is missing or can't be loaded is a fault in words, and is asked for again.
    /// - Throws: `DatabaseError` when the registry can't be read.
    func find(_ version: String) async throws -> Found {
        if let place = loaded.firstIndex(where: { $0.version == version }) {
            loaded.append(loaded.remove(at: place))
            return .model(loaded[loaded.count - 1].model)
        }
        let rows = try await pool.query("SELECT artifact FROM registry.models WHERE version = $1", [version])
        guard let bytes = try rows.first?.decode(at: 0, as: [UInt8].self) else {
            return .fault("\(version) is not in the registry")
        }
        do {
            let model = try TriageModel.load(bytes: bytes)
            // Somebody else may have loaded it meanwhile.
            loaded.removeAll { $0.version == version }
            loaded.append((version, model))
            if loaded.count > capacity { loaded.removeFirst() }
            return .model(model)
        } catch {
            logger.error(
                "a candidate can't be loaded",
                metadata: [
                    "model_version": "\(version)", "error_code": "\(ErrorCode.artifactUnreadable.rawValue)",
                    "reason": "\(error)",
                ])
            return .fault("\(version) can't be loaded: \(error)")
        }
    }
}
