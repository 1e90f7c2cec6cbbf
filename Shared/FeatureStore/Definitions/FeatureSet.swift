/// The features of one prediction, in their order (Tecton's "feature service").
package struct FeatureSet: Sendable {
    package let definitions: [FeatureDefinition]
    /// Tells a list of names and versions from others (FNV-1a over the references); logged with each prediction.
    package let fingerprint: Int64

    package init(_ definitions: [FeatureDefinition]) {
        self.definitions = definitions
        fingerprint = Self.fingerprint(of: definitions.map(\.reference))
    }

    /// All features that there are.
    package static let current = FeatureSet(
        HistoryFeatures.definitions(of: .user) + HistoryFeatures.definitions(of: .project) + TaskFeatures.definitions)

    package var references: [String] { definitions.map(\.reference) }

    /// The values for a request, in the order of the definitions.
    package func values(of input: FeatureInput) -> [Int32?] { definitions.map { $0.value(input) } }

    static func fingerprint(of references: [String]) -> Int64 {
        var hash = StableHash()
        for reference in references {
            hash.add(reference.utf8)
            hash.add([0])
        }
        return Int64(bitPattern: hash.value)
    }
}

/// FNV-1a with 64 bits: the same on every machine and in every release, unlike Swift's own hash.
struct StableHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) { add([UInt8(truncatingIfNeeded: number >> Int64(shift))]) }
    }
}
