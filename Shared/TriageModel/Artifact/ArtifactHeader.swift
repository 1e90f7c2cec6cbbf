package import FoundationEssentials

/// What an artifact says about itself; printed by `triagectl model show`.
package struct ArtifactHeader: Sendable, Equatable, Codable {
    /// Such as `base-1` or `default-20261122-3`.
    package let version: String
    /// The version that the training started from.
    package let parent: String?
    package let createdAt: Date
    /// The labels of each head, in the order of its distribution.
    package let labelSets: [String: [String]]
    /// Numbers measured when it was trained.
    package internal(set) var metrics: [String: Double]
    /// Where it comes from: data, seed, rows, format of the features.
    package let lineage: [String: String]
    /// Of the whole file but its last 32 bytes, in hexadecimal digits; empty inside the file itself.
    package internal(set) var sha256: String

    enum CodingKeys: String, CodingKey {
        case version, parent, metrics, lineage, sha256
        case createdAt = "created_at"
        case labelSets = "label_sets"
    }
}

extension ArtifactHeader {
    /// The labels of a head that can be served.
    func labels(of kind: HeadKind) throws(ArtifactError) -> [String] {
        guard let labels = labelSets[kind.name], (1...ArtifactCodec.maximumLabels).contains(labels.count),
            Set(labels).count == labels.count
        else { throw .malformed("labels of the \(kind.name) head don't fit") }
        let points = labels.map { Double($0) ?? .nan }
        let isScale = points.allSatisfy(\.isFinite) && zip(points, points.dropFirst()).allSatisfy { $0 < $1 }
        guard kind != .effort || isScale else {
            throw .malformed("the effort head has labels that are no ascending points")
        }
        return labels
    }
}
