/// A text's vector from an embedding model, a byte a number; comparable only with vectors of the same model.
package struct TextEmbedding: Sendable, Equatable {
    /// Of the model's name.
    let model: UInt64
    /// The direction, scaled so that the largest is 127.
    let values: [Int8]
    /// Length of `values`.
    let norm: Float

    /// Longest vector that is accepted.
    package static let maximumDimensions = 8_192

    /// Nil when the vector is empty, too long, zero or not finite.
    package init?(_ vector: [Float], model: String) {
        guard !vector.isEmpty, vector.count <= Self.maximumDimensions else { return nil }
        var largest: Float = 0
        for value in vector {
            guard value.isFinite else { return nil }
            largest = max(largest, abs(value))
        }
        guard largest > 0 else { return nil }
        let values = vector.map { Int8(($0 / largest * 127).rounded()) }
        self.init(values: values, model: FeatureHash.text(model))
    }

    init(values: [Int8], model: UInt64) {
        self.model = model
        self.values = values
        norm = Float(Self.product(values, values)).squareRoot()
    }

    /// What `init(stored:modelNumber:)` makes a vector of.
    package var stored: [UInt8] { values.map { UInt8(bitPattern: $0) } }

    /// A number that stands for the embedding model's name.
    package var modelNumber: Int64 { Int64(bitPattern: model) }

    /// A vector that was stored; nil for what was none.
    package init?(stored: [UInt8], modelNumber: Int64) {
        guard !stored.isEmpty, stored.count <= Self.maximumDimensions, stored.contains(where: { $0 != 0 }) else {
            return nil
        }
        self.init(values: stored.map { Int8(bitPattern: $0) }, model: UInt64(bitPattern: modelNumber))
    }

    /// The cosine of the angle, 0 when it is negative; nil when the vectors come from different models.
    func similarity(to other: TextEmbedding) -> Float? {
        guard model == other.model, values.count == other.values.count else { return nil }
        let divisor = norm * other.norm
        guard divisor > 0 else { return nil }
        return min(1, max(0, Float(Self.product(values, other.values)) / divisor))
    }

    private static func product(_ first: [Int8], _ second: [Int8]) -> Int32 {
        var sum: Int32 = 0
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                for index in 0..<min(first.count, second.count) {
                    sum &+= Int32(first[index]) &* Int32(second[index])
                }
            }
        }
        return sum
    }
}
