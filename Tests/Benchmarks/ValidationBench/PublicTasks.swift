import Foundation
import SpoiltData

/// Public issues as tasks. Third-party texts: data, nothing else.
enum PublicTasks {
    private struct Row: Decodable {
        let project: String
        let title: String
        let body: String?
        let label: String?
        let priority: String?
        let split: String?
    }

    /// NLBSE'24's test issues: the shipped model has not seen them.
    static func categories(_ folder: String) throws -> [TrueTask] {
        try rows(folder + "/category_nlbse24.jsonl.gz").filter { $0.split == "test" }.map {
            TrueTask(project: $0.project, title: $0.title, body: bounded($0.body), category: $0.label)
        }
    }

    /// Apache's priorities in three levels, by project.
    static func priorities(_ folder: String) throws -> [(String, [TrueTask])] {
        let tasks = try rows(folder + "/priority_apache.jsonl.gz").map { row in
            let level =
                switch row.priority {
                case "blocker", "critical": "high"
                case "major": "medium"
                default: "low"
                }
            return TrueTask(
                project: row.project, title: row.title, body: bounded(row.body), category: nil, priority: level)
        }
        return Dictionary(grouping: tasks, by: \.project).sorted { $0.key < $1.key }
    }

    static func everything(_ folder: String) throws -> [TrueTask] {
        try ["category_nlbse24", "priority_apache", "effort_deepse"].flatMap { name in
            try rows("\(folder)/\(name).jsonl.gz").map {
                TrueTask(project: $0.project, title: $0.title, body: bounded($0.body), category: nil)
            }
        }
    }

    /// As long as the API takes a body.
    private static func bounded(_ body: String?) -> String {
        String(decoding: (body ?? "").utf8.prefix(65_536), as: UTF8.self)
    }

    private static func rows(_ path: String) throws -> [Row] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).map { line in
            try decoder.decode(Row.self, from: Data(line))
        }
    }
}
