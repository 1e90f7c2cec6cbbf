/// What a stored state may hold, so that one that was damaged is an error and never a crash.
enum StoredNumbers {
    /// Whole numbers that JSON carries exactly and that can't overflow.
    static let counts = 0...(1 << 53)
    /// Microseconds since 1970, some 36,000 years to either side.
    static let times: ClosedRange<Int64> = -(1 << 60)...(1 << 60)
}

extension KeyedDecodingContainer {
    /// - Throws: `DecodingError.dataCorrupted` unless it holds.
    func check(_ holds: Bool, _ key: Key, _ fault: String) throws {
        guard !holds else { return }
        throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: fault)
    }
}
