/// What a task's vector had to do with a prediction.
package enum EmbeddingUse: String, Sendable, Codable, CaseIterable {
    /// The model knows nothing of vectors.
    case none
    /// The category comes from words and vector.
    case used
    /// The model would have used a vector but was given none: words alone answered.
    case missing
    /// The vector is of another model or length than those that it was trained with: words alone answered.
    case foreign
}
