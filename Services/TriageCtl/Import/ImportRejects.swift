import Contracts
import FoundationEssentials
import Synchronization

/// What could not become a task, a line each: `line`, `reasons`, the task as far as it could be read, and `input` as it
/// stands in the file. Mended, it is a file to import.
final class ImportRejects: Sendable {
    private let lines = Mutex<[(number: Int, text: String)]>([])

    /// How many there are.
    var count: Int { lines.withLock { $0.count } }

    func add(_ number: Int, _ reasons: [String], draft: TaskDraft?, user: String?, input: String) {
        var members: [String: JSONValue] = [:]
        // A draft can be encoded: it holds nothing but texts.
        if let draft, let bytes = try? ContractJSON.encode(draft),
            case .object(let of)? = try? ContractJSON.decode(JSONValue.self, from: bytes)
        {
            members = of
        } else {
            members["input"] = .string(input)
        }
        if let user { members["user"] = .string(user) }
        members["line"] = .number(Double(number))
        members["reasons"] = .array(reasons.map { .string($0) })
        let text = JSONValue.object(members).text()
        lines.withLock { $0.append((number, text)) }
    }

    /// Writes them, in the order of the file.
    /// - Throws: `CommandFailure` when the file can't be written.
    func write(to path: String) throws {
        let text = lines.withLock { $0.sorted { $0.number < $1.number }.map { $0.text + "\n" }.joined() }
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "the rejects can't be written to \(path): \(error)")
        }
    }
}
