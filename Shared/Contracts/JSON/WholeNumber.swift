extension KeyedDecodingContainer {
    /// A whole number, if there is one.
    /// - Throws: `DecodingError` that says so of another number; JSONDecoder's own error for `2.5` is that the whole JSON is
    ///   wrong.
    func wholeNumberIfPresent(forKey key: Key) throws -> Int? {
        do {
            return try decodeIfPresent(Int.self, forKey: key)
        } catch {
            // Not a number at all: then the first error says what it must be.
            guard (try? decode(Double.self, forKey: key)) != nil else { throw error }
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "must be a whole number")
        }
    }
}
