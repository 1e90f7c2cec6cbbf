import Contracts

/// A table as RFC 4180 has it, and as spreadsheets write it: with commas, semicolons or tabs, whichever the head line has
/// most of; a byte order mark is skipped.
struct CSVTable: Sendable {
    struct Row: Sendable {
        /// Where it begins, from 1.
        let line: Int
        let cells: [String]
        /// As it stands in the file.
        let text: String
        /// What is wrong with it; nil when nothing is.
        let fault: String?
    }

    let head: [String]
    /// Without empty lines.
    let rows: [Row]

    init(_ text: String) {
        var scanner = Scanner(text)
        let head = scanner.next()
        self.head = head?.cells ?? []
        var rows: [Row] = []
        while let row = scanner.next() {
            if row.cells.count == 1, row.cells[0].isEmpty, row.fault == nil { continue }
            let isShort = row.fault == nil && row.cells.count != self.head.count
            rows.append(
                Row(
                    line: row.line, cells: row.cells, text: row.text,
                    fault: isShort ? "it has \(row.cells.count) cells, the head has \(self.head.count)" : row.fault))
        }
        self.rows = rows
    }

    private struct Scanner {
        private let bytes: [UInt8]
        private var position = 0
        private var line = 1
        private let separator: UInt8

        init(_ text: String) {
            var bytes = Array(text.utf8)
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            self.bytes = bytes
            let first = bytes.prefix { $0 != 10 }
            let choices = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
            // Of several the first: `max` would take the last of equals.
            separator =
                choices.reversed().max { one, other in first.count { $0 == one } < first.count { $0 == other } }
                ?? choices[0]
        }

        mutating func next() -> Row? {
            guard position < bytes.count else { return nil }
            let (start, startLine) = (position, line)
            var cells: [String] = []
            var cell: [UInt8] = []
            var fault: String?
            var isQuoted = false
            var wasQuoted = false
            func end() -> String { String(decoding: cell, as: UTF8.self) }
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == 10 { line += 1 }
                switch (isQuoted, byte) {
                case (true, UInt8(ascii: "\"")):
                    // Two are one.
                    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
                        cell.append(byte)
                        position += 1
                    } else {
                        isQuoted = false
                        wasQuoted = true
                    }
                case (true, _): cell.append(byte)
                case (false, UInt8(ascii: "\"")) where cell.isEmpty && !wasQuoted: isQuoted = true
                case (false, separator):
                    cells.append(end())
                    (cell, wasQuoted) = ([], false)
                case (false, 10):
                    if cell.last == 13 { cell.removeLast() }
                    cells.append(end())
                    return row(cells, start, position - 1, startLine, fault)
                case (false, 13) where wasQuoted: break
                case (false, _):
                    if wasQuoted { fault = "something stands between a closing quotation mark and the next cell" }
                    cell.append(byte)
                }
            }
            if isQuoted { fault = "a quotation mark is never closed" }
            cells.append(end())
            return row(cells, start, position, startLine, fault)
        }

        private func row(_ cells: [String], _ start: Int, _ end: Int, _ line: Int, _ fault: String?) -> Row {
            Row(line: line, cells: cells, text: String(decoding: bytes[start..<end], as: UTF8.self), fault: fault)
        }
    }
}

/// Which column holds what.
struct CSVColumns: Sendable {
    /// What is looked for; upper and lower case are the same.
    static let names = [
        "title", "body", "project", "labels", "tier", "group", "user", "reference_system", "reference_id",
        "reference_url",
    ]

    private var places: [String: Int] = [:]
    /// Why the table can't be read; nil when it can.
    private(set) var fault: String?

    /// - Parameter renamed: other names of columns, by ours.
    init(head: [String], renamed: [String: String]) {
        let plain = head.map { $0.lowercased() }
        for name in Self.names {
            let wanted = renamed[name] ?? name
            if let place = plain.firstIndex(of: wanted.lowercased()) {
                places[name] = place
            } else if renamed[name] != nil {
                fault = "the head line has no column \(wanted.clipped(to: 60))"
            }
        }
        if places["title"] == nil, fault == nil {
            fault =
                "the head line has no column title (it has \(head.joined(separator: ", ").clipped(to: 200))): "
                + "name yours by --column title=NAME"
        }
    }

    func user(of cells: [String]) -> String? { cell("user", cells) }

    /// Labels have semicolons, commas or bars between.
    func draft(of cells: [String]) -> TaskDraft {
        let labels = cell("labels", cells).map { text in
            text.split { $0 == ";" || $0 == "," || $0 == "|" }.map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }.filter { !$0.isEmpty }
        }
        let reference = cell("reference_id", cells).map { id in
            TaskReference(
                system: cell("reference_system", cells) ?? "import", id: id, url: cell("reference_url", cells))
        }
        return TaskDraft(
            title: cell("title", cells) ?? "", body: cell("body", cells), project: cell("project", cells),
            labels: labels, tier: cell("tier", cells), group: cell("group", cells), reference: reference)
    }

    private func cell(_ name: String, _ cells: [String]) -> String? {
        guard let place = places[name], place < cells.count, !cells[place].isEmpty else { return nil }
        return cells[place]
    }
}
