import Contracts

/// A program of somebody's and the words it is started with; no shell reads them.
package struct CommandWords: Hashable, Sendable {
    /// Most words.
    static let maximum = 100

    /// The program's absolute path, then its first arguments.
    package let words: [String]

    /// Reads `["/path/to/program", "an argument"]`, or words with spaces between them.
    /// - Parameter elsewhere: another machine runs it, where a program may be found by its name.
    /// - Throws: `CommandFault`.
    package init(_ text: String, elsewhere: Bool = false) throws(CommandFault) {
        if text.first == "[" {
            do {
                words = try ContractJSON.decode([String].self, from: Array(text.utf8))
            } catch {
                throw CommandFault(reason: "must be a JSON list of texts, as it begins with [")
            }
        } else {
            words = text.split(separator: " ").map(String.init)
        }
        guard let program = words.first, elsewhere ? !program.isEmpty : program.hasPrefix("/") else {
            throw CommandFault(reason: "must begin with \(elsewhere ? "a program" : "the absolute path of a program")")
        }
        guard words.count <= Self.maximum, !words.contains(where: { $0.utf8.contains(0) }) else {
            throw CommandFault(reason: "must have at most \(Self.maximum) words, without zero bytes")
        }
    }

    /// The file that is started.
    package var program: String { words[0] }
}

/// Why a text is no command.
package struct CommandFault: Error, Hashable, Sendable {
    package let reason: String
}
