/// What a text may hold, as the keyword `pattern` says it: exactly what the rules of texts check, in the part of ECMA-262
/// that other dialects of regular expressions share.
struct TextPattern {
    /// Characters that a text must not have.
    enum Excluded {
        case nothing
        case nul
        /// The general category Cc.
        case controls

        fileprivate var ranges: String {
            switch self {
            case .nothing: ""
            case .nul: #"\u0000"#
            case .controls: #"\u0000-\u001F\u007F-\u009F"#
            }
        }
    }

    /// Whether the text may hold nothing but white space, or nothing at all.
    let isBlankTaken: Bool
    let excluded: Excluded

    init(isBlankTaken: Bool, without excluded: Excluded) {
        self.isBlankTaken = isBlankTaken
        self.excluded = excluded
    }

    /// Nil where every text will do.
    var text: String? {
        let ranges = excluded.ranges
        switch (isBlankTaken, ranges.isEmpty) {
        case (true, true): return nil
        case (true, false): return "^[^\(ranges)]*$"
        case (false, true): return "[^\(Self.whiteSpace)]"
        case (false, false): return "^[^\(ranges)]*[^\(ranges)\(Self.whiteSpace)][^\(ranges)]*$"
        }
    }

    /// One line without control characters that neither begins nor ends with white space.
    static var trimmedLine: String {
        let controls = Excluded.controls.ranges
        let edge = "[^\(controls)\(whiteSpace)]"
        return "^\(edge)([^\(controls)]*\(edge))?$"
    }

    /// Unicode's property White_Space.
    private static let whiteSpace =
        #"\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"#
}
