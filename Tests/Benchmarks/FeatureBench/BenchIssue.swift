import Foundation
import TriageModel

/// One public issue with a label and a place in time.
struct BenchIssue {
    let id: UUID
    let project: String
    let title: String
    let body: String
    let label: String
    /// Microseconds since 1970.
    let createdAt: Int64

    /// The issues of a file (JSON lines) that have this label, in the order of time within each project.
    ///
    /// Where a file has no times, issue numbers stand for them: `numbersPerWeek` of one project are a week.
    static func read(_ path: String, label: String) throws -> [BenchIssue] {
        struct Row: Decodable {
            let id: String
            let project: String
            let title: String
            let body: String
            let label: String?
            let priority: String?
            let created: String?
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var issues: [BenchIssue] = []
        for line in text.split(separator: "\n") {
            let row = try JSONDecoder().decode(Row.self, from: Data(line.utf8))
            guard let value = label == "priority" ? row.priority : row.label else { continue }
            let level = ["blocker": "high", "critical": "high", "major": "medium", "minor": "low", "trivial": "low"]
            issues.append(
                BenchIssue(
                    id: UUID(), project: row.project, title: row.title, body: row.body, label: level[value] ?? value,
                    createdAt: try time(created: row.created, id: row.id)))
        }
        return issues.sorted { ($0.project, $0.createdAt) < ($1.project, $1.createdAt) }
    }

    private static let numbersPerWeek: Int64 = 20

    private static func time(created: String?, id: String) throws -> Int64 {
        if let created {
            let parts = created.split { !$0.isNumber }.compactMap { Int64($0) }
            guard parts.count >= 6 else { throw BenchFailure("\(created) is no time") }
            // Days since 1970 of a civil date (Howard Hinnant's algorithm).
            let year = parts[1] <= 2 ? parts[0] - 1 : parts[0]
            let era = year / 400
            let ofEra = year - era * 400
            let ofYear = (153 * (parts[1] + (parts[1] > 2 ? -3 : 9)) + 2) / 5 + parts[2] - 1
            let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
            return ((days * 24 + parts[3]) * 3_600 + parts[4] * 60 + parts[5]) * 1_000_000
        }
        guard let number = id.split(separator: "-").last.flatMap({ Int64($0) }) else {
            throw BenchFailure("\(id) has neither a time nor a number")
        }
        return number * 7 * 86_400_000_000 / numbersPerWeek
    }
}

/// Why a measurement can't be made.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
