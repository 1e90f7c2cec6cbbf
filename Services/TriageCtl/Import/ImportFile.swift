import ArgumentParser
import Contracts
import FoundationEssentials

/// What a file of tasks is written in.
enum ImportFormat: String, CaseIterable, ExpressibleByArgument {
    /// An object a line, like the body of `POST /v1/tasks`.
    case jsonl
    /// A table with a head line (RFC 4180).
    case csv
    /// An array of issues, as `gh issue list --json …` and GitHub's REST API give it.
    case github

    /// By the file's name: `.csv`, `.json` for GitHub's, else JSON Lines.
    init(file: String) {
        let name = file.lowercased()
        self = name.hasSuffix(".csv") ? .csv : name.hasSuffix(".json") ? .github : .jsonl
    }
}

/// One task of the file, or why there is none.
struct ImportRecord: Sendable {
    /// The line it begins at, from 1; in an array the place.
    var number: Int
    var draft: TaskDraft?
    var user: String?
    /// What is wrong with it, in words; empty when nothing is.
    var faults: [String] = []
    /// As it stands in the file, for the rejects.
    var text: String

    init(number: Int, text: String, draft: TaskDraft?, user: String? = nil, faults: [String] = []) {
        self.number = number
        self.text = text
        self.draft = draft
        self.user = user
        self.faults = faults
    }

    /// A draft with what the command line gives to those that say none, checked.
    init(number: Int, text: String, draft: TaskDraft, user: String?, tier: String?, group: String?) {
        var draft = draft
        draft.tier = draft.tier ?? tier
        draft.group = draft.group ?? group
        self.init(
            number: number, text: text, draft: draft, user: user,
            faults: draft.storable.brokenRules().map { "\($0.pointer.isEmpty ? "it" : $0.pointer) \($0.detail)" })
    }
}

/// Reads a file of tasks whole.
struct ImportFile: Sendable {
    static let maximumBytes = 1 << 30

    let path: String
    let format: ImportFormat
    /// Names of columns in place of ours, by ours.
    var columns: [String: String] = [:]
    var tier: String?
    var group: String?

    /// - Throws: `CommandFailure` for a file that can't be read, or is none of its format at all.
    func records() throws -> [ImportRecord] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CommandFailure(.failed, "\(path) can't be read: \(error)")
        }
        guard data.count <= Self.maximumBytes else {
            throw CommandFailure(.badData, "\(path) is larger than \(Self.maximumBytes >> 20) MiB: import it in parts")
        }
        let records =
            switch format {
            case .jsonl: jsonLines(data)
            case .csv: try table(data)
            case .github: try issues(data)
            }
        guard !records.isEmpty else { throw CommandFailure(.failed, "\(path) has no tasks") }
        return records
    }

    private struct Extra: Decodable {
        var user: String?
    }

    private func jsonLines(_ data: Data) -> [ImportRecord] {
        var records: [ImportRecord] = []
        for (index, bytes) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                records.append(
                    ImportRecord(
                        number: index + 1, text: text, draft: try ContractJSON.decode(TaskDraft.self, from: bytes),
                        user: try ContractJSON.decode(Extra.self, from: bytes).user, tier: tier, group: group))
            } catch {
                let rule = ContractJSON.brokenRule(from: error)
                records.append(
                    ImportRecord(
                        number: index + 1, text: text, draft: nil,
                        faults: ["\(rule.pointer.isEmpty ? "it" : rule.pointer) \(rule.detail)"]))
            }
        }
        return records
    }

    private func table(_ data: Data) throws -> [ImportRecord] {
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure(.badData, "\(path) is not UTF-8")
        }
        let table = CSVTable(text)
        let names = CSVColumns(head: table.head, renamed: columns)
        if let fault = names.fault { throw CommandFailure(.badData, "\(path): \(fault)") }
        return table.rows.map { row in
            if let fault = row.fault {
                return ImportRecord(number: row.line, text: row.text, draft: nil, faults: [fault])
            }
            return ImportRecord(
                number: row.line, text: row.text, draft: names.draft(of: row.cells), user: names.user(of: row.cells),
                tier: tier, group: group)
        }
    }

    private func issues(_ data: Data) throws -> [ImportRecord] {
        let values: [JSONValue]
        do {
            values = try ContractJSON.decode([JSONValue].self, from: data)
        } catch {
            throw CommandFailure(
                .badData, "\(path) is no array of issues: gh issue list --limit 10000 --json \(GitHubExport.members)")
        }
        return values.enumerated().compactMap { index, value in
            let text = value.text()
            do {
                let issue = try ContractJSON.decode(GitHubExport.Issue.self, from: text.utf8)
                // The REST API lists pull requests as issues.
                if issue.pull_request != nil { return nil }
                return ImportRecord(
                    number: index + 1, text: text, draft: issue.draft, user: issue.login.map { "github:" + $0 },
                    tier: tier, group: group)
            } catch {
                let rule = ContractJSON.brokenRule(from: error)
                return ImportRecord(
                    number: index + 1, text: text, draft: nil,
                    faults: ["\(rule.pointer.isEmpty ? "it" : rule.pointer) \(rule.detail)"])
            }
        }
    }
}
