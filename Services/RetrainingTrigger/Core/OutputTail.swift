/// The last lines of a program's output, whatever it writes: bounded, and without secrets.
package struct OutputTail: Sendable {
    /// Lines that are kept.
    package static let lines = 20
    /// Bytes of a line that are kept.
    package static let lineBytes = 500

    private var kept: [[UInt8]] = []
    private var line: [UInt8] = []

    package init() {}

    /// Takes what came next.
    /// - Parameter onLine: is given each line that ends, cut to `lineBytes`.
    package mutating func append(_ bytes: some Sequence<UInt8>, onLine: ([UInt8]) -> Void = { _ in }) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                onLine(line)
                end()
            } else if line.count < Self.lineBytes {
                line.append(byte)
            }
        }
    }

    private mutating func end() {
        defer { line = [] }
        guard line.contains(where: { $0 > 0x20 }) else { return }
        if kept.count == Self.lines { kept.removeFirst() }
        kept.append(line)
    }

    /// The lines with ` | ` between them, without control characters and what looks like a secret.
    package var text: String {
        var ended = self
        ended.end()
        let lines = ended.kept.map { line in
            String(
                String(decoding: line, as: UTF8.self).unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
        }
        return Redaction.redact(lines.joined(separator: " | ")).text
    }
}
