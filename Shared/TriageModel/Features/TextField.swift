/// The views of a task's text; each gets TF-IDF, L2 norm and weight of its own.
enum TextField: Int, CaseIterable, Sendable {
    case title, body, head, structure, start, comment, line, question, titleCharacters, bodyCharacters

    /// How strongly each field counts where a head says nothing else, in the order of the fields.
    static let standardWeights = allCases.map(\.standardWeight)

    /// How strongly the field counts beside the others, where a head says nothing else.
    private var standardWeight: Float {
        switch self {
        case .title, .body: 1
        case .head, .comment, .titleCharacters, .bodyCharacters: 0.7
        case .start: 0.6
        case .structure, .line, .question: 0.5
        }
    }

    /// A feature must occur in this many training tasks to be known, where a head says nothing else.
    var minimumDocuments: UInt32 {
        switch self {
        case .title, .head, .structure: 1
        case .body, .comment, .line, .start, .question: 2
        case .titleCharacters, .bodyCharacters: 3
        }
    }

    /// Whether rare features count more.
    var usesInverseDocumentFrequency: Bool { self != .structure }

    /// Character fields have buckets of their own, so that heads on words alone never meet them.
    var isCharacters: Bool { self == .titleCharacters || self == .bodyCharacters }

    /// Keeps equal words of different fields apart.
    @inline(__always) var salt: UInt64 { UInt64(truncatingIfNeeded: rawValue &+ 1) &* 0xa076_1d64_78bd_642f }
}

/// Limits on what is read of one task; named, so that no text can make a prediction slow.
enum TextLimit {
    /// Bytes of the title that count.
    static let titleBytes = 2_048
    /// Bytes of the body that count.
    static let bodyBytes = 65_536
    static let titleTokens = 160
    static let bodyTokens = 200
    static let headTokens = 40
    static let commentTokens = 512
    static let sentences = 40
    static let questions = 20
    /// Tokens of all questions together.
    static let questionTokens = 640
    static let lines = 512
    /// Bytes of a line that make its identity.
    static let lineBytes = 80
    /// Bytes of a heading that are read.
    static let headingBytes = 60
    /// Bytes of a heading's words that make its identity.
    static let headingNameBytes = 50
    static let titleCharacterBytes = 512
    static let bodyCharacterBytes = 1_500
    /// Tokens kept of the body: more than `bodyTokens`, since code is no word of the head.
    static let storedTokens = 256
}
