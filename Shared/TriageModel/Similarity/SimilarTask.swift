package import struct FoundationEssentials.UUID

/// A task that resembles another.
package struct SimilarTask: Sendable, Equatable {
    package let id: UUID
    package let title: String
    /// 0 (nothing in common) to 1 (the same words).
    package let score: Double
    /// Words that both have, the most telling first, as the asking task writes them.
    package let sharedTerms: [String]
    /// Whether the score reaches `duplicateScore`: a hint to a person, no reason to close a task unseen.
    package var isProbableDuplicate: Bool { score >= Self.duplicateScore }

    /// From this score on a task is called a probable duplicate.
    ///
    /// Measured with every task asking: the most similar one that reaches it is marked a duplicate in 97 % of the cases
    /// (OpenOffice) and 89 % (Firefox), both trackers of user reports, but in 10 % (Hadoop, a developers' tracker):
    /// there, most are clones that nobody marked and siblings such as the same change for two branches.
    package static let duplicateScore = 0.7
}
