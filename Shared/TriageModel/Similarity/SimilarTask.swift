package import struct FoundationEssentials.UUID

/// A task that resembles another.
package struct SimilarTask: Sendable, Equatable {
    package let id: UUID
    package let title: String
    /// 0 (nothing in common) to 1 (the same words).
    package let score: Double
    /// Words that both have, the most telling first, as the asking task writes them.
    package let sharedTerms: [String]
    /// Whether the score is one at which most pairs are reports of the same thing; see `duplicateScore`.
    package var isProbableDuplicate: Bool { score >= Self.duplicateScore }

    /// From this score on a task is called a probable duplicate.
    package static let duplicateScore = 0.7
}
