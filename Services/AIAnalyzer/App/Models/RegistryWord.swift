import Contracts
import FoundationEssentials
import Postgres
import TriageModel

/// What the registry says is to serve.
struct RegistryWord: Sendable {
    /// One version.
    struct Artifact: Sendable {
        let version: String
        /// Bytes that it has; nil when it isn't there.
        let count: Int?
        /// Nil when it is here already, is not there, or is too large.
        let bytes: [UInt8]?
    }

    /// The challenger of a rollout, and who gets it.
    struct Trial: Sendable {
        let rolloutID: Identifier
        let challenger: Artifact
        let mode: RolloutStatus
        let share: Int
        let experiment: String
    }

    let champion: Artifact
    /// What served before the champion; nil: nothing did.
    let previous: String?
    let generation: Int
    let changedAt: EventTime
    let trial: Trial?

    /// Nil before anything serves.
    /// - Parameters:
    ///   - generation: artifacts are only fetched for a later one,
    ///   - known: and not of these versions.
    static func read(
        _ pool: DatabasePool, newerThan generation: Int, having known: [String?]
    ) async throws -> RegistryWord? {
        let rows = try await pool.query(
            """
            SELECT serving.champion, serving.generation, serving.changed_at, octet_length(old.artifact),
                CASE WHEN serving.generation > $1 AND serving.champion <> ALL ($2)
                    AND octet_length(old.artifact) <= $3 THEN old.artifact END,
                serving.rollout_id, serving.challenger, octet_length(new.artifact),
                CASE WHEN serving.generation > $1 AND serving.challenger <> ALL ($2)
                    AND octet_length(new.artifact) <= $3 THEN new.artifact END,
                serving.mode, serving.share, serving.experiment, serving.previous
            FROM registry.serving LEFT JOIN registry.models old ON old.version = serving.champion
                LEFT JOIN registry.models new ON new.version = serving.challenger
            """, [generation, known.compactMap(\.self), Int32(clamping: TriageModel.maximumBytes)])
        guard let row = rows.first else { return nil }
        return RegistryWord(
            champion: Artifact(
                version: try row.decode(at: 0), count: try row.decode(at: 3, as: Int32?.self).map { Int($0) },
                bytes: try row.decode(at: 4)), previous: try row.decode(at: 12), generation: try row.decode(at: 1),
            changedAt: EventTime(microseconds: try row.decode(at: 2, as: Timestamp.self).microseconds),
            trial: try trial(row))
    }

    /// A version that is named without its bytes.
    static func artifact(of version: String, _ pool: DatabasePool) async throws -> Artifact {
        let rows = try await pool.query(
            """
            SELECT octet_length(artifact), CASE WHEN octet_length(artifact) <= $2 THEN artifact END
            FROM registry.models WHERE version = $1
            """, [version, Int32(clamping: TriageModel.maximumBytes)])
        guard let row = rows.first else { return Artifact(version: version, count: nil, bytes: nil) }
        return Artifact(
            version: version, count: try row.decode(at: 0, as: Int32?.self).map { Int($0) },
            bytes: try row.decode(at: 1))
    }

    private static func trial(_ row: Row) throws -> Trial? {
        guard let id = try row.decode(at: 5, as: UUID?.self), let mode = RolloutStatus(rawValue: try row.decode(at: 9))
        else { return nil }
        return Trial(
            rolloutID: Identifier(id),
            challenger: Artifact(
                version: try row.decode(at: 6), count: try row.decode(at: 7, as: Int32?.self).map { Int($0) },
                bytes: try row.decode(at: 8)), mode: mode, share: Int(try row.decode(at: 10, as: Int32.self)),
            experiment: try row.decode(at: 11))
    }
}
