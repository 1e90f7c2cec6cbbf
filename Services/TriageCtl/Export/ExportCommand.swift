import ArgumentParser
import Contracts
import CurlHTTP
import Foundation

struct ExportCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export tasks, analyses or feedback as NDJSON or CSV.",
        discussion: "Writes while it reads, however much it is. With --output the file is there only when it is whole.")

    enum Format: String, CaseIterable, ExpressibleByArgument { case ndjson, csv }

    @Argument(help: "\(ExportKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: ExportKind

    @Option(help: "\(Format.allCases.map(\.rawValue).joined(separator: " or ")).")
    var format = Format.ndjson

    @Option(help: "Only this project.")
    var project: String?

    @Option(help: "Only tasks created then or later, such as 2026-11-01T00:00:00Z.")
    var from: String?

    @Option(help: "Only tasks created before then.")
    var before: String?

    @Option(name: .shortAndLong, help: "The file to write; standard output without it.")
    var output: String?

    @OptionGroup var api: APIOptions

    func perform() async throws {
        var query: [String] = []
        for (name, value) in [("project", project), ("created_from", from), ("created_before", before)] {
            if let value { query.append("\(name)=\(percentEncoded(value))") }
        }
        let path =
            "/v1/exports/\(format == .csv ? "csv" : "lines")/\(kind.rawValue)"
            + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let body = try await api.client().download(path)
        guard let output else {
            for try await chunk in body { Console.raw(chunk) }
            return
        }
        let draft = output + ".part"
        guard FileManager.default.createFile(atPath: draft, contents: nil),
            let file = FileHandle(forWritingAtPath: draft)
        else { throw CommandFailure(.failed, "\(draft) can't be written") }
        do {
            for try await chunk in body { try file.write(contentsOf: Data(chunk)) }
            try file.close()
            if FileManager.default.fileExists(atPath: output) { try FileManager.default.removeItem(atPath: output) }
            try FileManager.default.moveItem(atPath: draft, toPath: output)
        } catch {
            // What is not whole is nothing; the first error is the one to tell.
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }
}

extension ExportKind: ExpressibleByArgument {}
