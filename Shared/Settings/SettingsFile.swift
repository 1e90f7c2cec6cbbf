import FoundationEssentials

/// Files that settings come from; both are small, so that a wrong path can't fill the memory.
enum SettingsFile {
    private static let maximumBytes = 1 << 20

    /// The file's text without white space at its end (editors and `kubectl` add a newline).
    static func secret(_ path: String) throws(SettingFault) -> String {
        var text = try content(path)[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        if text.isEmpty { throw SettingFault(name: "", reason: "names the empty file \(path)") }
        return String(text)
    }

    /// `NAME=value` lines; empty lines and lines that start with `#` are left out, quotes have no meaning.
    static func read(_ path: String) throws(SettingFault) -> [String: String] {
        var values: [String: String] = [:]
        let lines = try content(path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) && !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "="), line.hasPrefix(SettingsReader.prefix) else {
                let expected = "\(SettingsReader.prefix)NAME=value"
                throw SettingFault(name: "", reason: "names \(path), whose line \(index + 1) is not \(expected)")
            }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return values
    }

    private static func content(_ path: String) throws(SettingFault) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw SettingFault(name: "", reason: "names \(path), which can't be read")
        }
        guard data.count <= maximumBytes, let text = String(validating: data, as: UTF8.self) else {
            throw SettingFault(name: "", reason: "names \(path), which is not a UTF-8 text of at most 1 MiB")
        }
        return text
    }
}
