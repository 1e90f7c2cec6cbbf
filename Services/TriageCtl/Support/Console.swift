import Glibc
import Synchronization

/// Writes to the terminal, each line at once.
enum Console {
    /// Lines of concurrent tasks don't mix.
    private static let lock = Mutex(())

    static let isTerminal = isatty(STDOUT_FILENO) == 1
    static let isErrorTerminal = isatty(STDERR_FILENO) == 1

    static func line(_ text: String = "") { write(text + "\n", to: STDOUT_FILENO) }

    static func bytes(_ bytes: [UInt8]) { write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO) }

    /// As they are: a character may be cut in two.
    static func raw(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Replaces the terminal's current line; an empty text clears it.
    static func progress(_ text: String) { write("\r\u{1B}[K" + text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        lock.withLock { _ in
            var start = 0
            while start < bytes.count {
                let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                // Nobody reads any more: there is nobody to tell.
                if count <= 0 { return }
                start += count
            }
        }
    }
}

/// Columns of text, as wide as their widest cell.
struct TextTable {
    private var rows: [[String]]

    init(_ header: String...) { rows = [header] }

    mutating func add(_ cells: String...) { rows.append(cells) }

    func print() {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        for row in rows {
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell.padded(to: widths[index])
            }
            Console.line(cells.joined(separator: "  "))
        }
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// One line of at most so many characters, for text of others: no line ends, no escape sequences.
    func clipped(to width: Int) -> String {
        let clean = String(
            unicodeScalars.map { scalar -> Character in
                scalar.properties.generalCategory == .control ? " " : Character(scalar)
            })
        return clean.count <= width ? clean : clean.prefix(width - 1) + "…"
    }
}
