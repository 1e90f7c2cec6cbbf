extension Recipe {
    /// How weights for vectors are trained; chosen by cross-validation on training data, see
    /// `docs/benchmarks/embeddings.md`.
    struct Embedding: Sendable {
        /// Cost of an example in the logistic regression.
        var cost: Float = 1
        /// Prior variance of a project's own weights, beside 1 of what all projects share.
        var copyVariance: Float = 1
        /// Steps of the solver at most.
        var steps = 100
        /// Length of the slope, as a share of the first, that ends it.
        var tolerance = 0.002
    }
}
