import Postgres
import TriageModel

/// The bytes of a version as the registry has them.
struct StoredArtifact: Sendable {
    static let columns = "version, sha256, artifact"

    let version: String
    /// As it was registered.
    let sha256: String
    let bytes: [UInt8]

    /// By the columns of `columns`.
    init(_ row: Row) throws {
        version = try row.decode(at: 0)
        sha256 = try row.decode(at: 1)
        bytes = try row.decode(at: 2)
    }

    /// Why nobody could answer with it; nil when it loads and is what was registered. Blocks.
    var damage: String? {
        do {
            let model = try TriageModel.load(bytes: bytes)
            return model.header.sha256 == sha256 ? nil : "its bytes are not those that were registered"
        } catch {
            return "\(error)"
        }
    }
}
