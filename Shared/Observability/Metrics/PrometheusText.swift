/// The spelling of Prometheus's text format 0.0.4.
enum PrometheusText {
    /// A metric or label name: `.` and other foreign characters become `_`, runs of them one.
    static func name(_ text: String) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ":": name.unicodeScalars.append(scalar)
            default: if name.last != "_" || scalar == "_" { name += "_" }
            }
        }
        guard let first = name.utf8.first else { return "_" }
        return (48...57).contains(first) ? "_" + name : name
    }

    /// `a="1",b="2"`, sorted by name.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { (name($0.0).replacing(":", with: "_"), $0.1) }.sorted { $0.0 < $1.0 }
            .map { "\($0)=\"\(value($1))\"" }.joined(separator: ",")
    }

    static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    static func value(_ text: String) -> String { help(text).replacing("\"", with: "\\\"") }

    static func help(_ text: String) -> String { text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n") }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.isNaN { return "NaN" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
