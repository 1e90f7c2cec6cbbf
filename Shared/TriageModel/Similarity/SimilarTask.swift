package import struct FoundationEssentials.UUID

/// A task that resembles another.
package struct SimilarTask: Sendable, Equatable {
    package let id: UUID
    package let title: String
    /// 0 (nothing in common) to 1 (the same words).
    package let score: Double
    /// Words that both have, the rarest first, as the asking task writes them.
    package let sharedTerms: [String]
}
