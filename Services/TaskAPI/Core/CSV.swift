/// Rows of comma-separated values (RFC 4180), safe to open in a spreadsheet.
package enum CSV {
    /// One cell.
    package enum Cell: Hashable, Sendable {
        /// Of people or models: anything may stand in it.
        case text(String?)
        /// Of ours: numbers, times, ids.
        case plain(String?)
    }

    /// A row with its line's end.
    package static func row(_ cells: [Cell]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cell {
            case .plain(let text): write(text ?? "", to: &bytes)
            case .text(let text): write(harmless(text ?? ""), to: &bytes)
            }
        }
        bytes += [0x0D, 0x0A]
        return bytes
    }

    /// With an apostrophe before what a spreadsheet would take for a formula (OWASP, CSV injection).
    private static func harmless(_ text: String) -> String {
        switch text.unicodeScalars.first {
        case "=", "+", "-", "@", "\t", "\r", "\n": "'" + text
        // Full-width forms are formulas to some.
        case "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": "'" + text
        default: text
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
            bytes += Array(text.utf8)
            return
        }
        bytes.append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
