/// The spelling of Prometheus's text format 0.0.4.
enum PrometheusText {
    /// A metric or label name: `.` and other foreign characters become `_`, runs of them one; `:` is for recording rules.
    static func name(_ text: String) -> String {
        if text.utf8.allSatisfy(isPlain), let first = text.utf8.first, !isDigit(first) { return text }
        var name: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) {
                name.append(byte)
            } else if name.last != UInt8(ascii: "_") {
                name.append(UInt8(ascii: "_"))
            }
        }
        guard let first = name.first else { return "_" }
        return (isDigit(first) ? "_" : "") + String(decoding: name, as: UTF8.self)
    }

    /// `a="1",b="2"`, sorted by name.
    static func labels(_ dimensions: [(String, String)]) -> String {
        var pairs = dimensions.map { (name($0.0), $0.1) }
        if pairs.count > 1 { pairs.sort { $0.0 < $1.0 } }
        var text = ""
        for (index, pair) in pairs.enumerated() {
            if index > 0 { text += "," }
            text += pair.0
            text += "=\""
            text += escaped(pair.1, quotes: true)
            text += "\""
        }
        return text
    }

    static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    static func help(_ text: String) -> String { escaped(text, quotes: false) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let mustEscape: (UInt8) -> Bool = { $0 == 0x5C || $0 == 0x0A || (quotes && $0 == 0x22) }
        if !text.utf8.contains(where: mustEscape) { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if mustEscape(byte) { bytes.append(0x5C) }
            bytes.append(byte == 0x0A ? UInt8(ascii: "n") : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (65...90).contains(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.isNaN { return "NaN" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
