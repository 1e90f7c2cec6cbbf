import Contracts
import CurlHTTP
import FaultServer
import Foundation
import TestSupport
import Testing

extension ProgramTests {
    /// A program whose shipped model is damaged, on a database with a history.
    @Suite struct NeighbourRungTests {
        /// A copy of ai-analyzer beside a truncated model.
        private static func damagedProgram(in folder: String) throws -> String {
            let files = FileManager.default
            let resources = "TriageLoop_TriageModel.resources"
            let source = try ServiceProcess.programs()
            try files.createDirectory(atPath: "\(folder)/\(resources)", withIntermediateDirectories: true)
            let program = "\(folder)/ai-analyzer"
            try files.copyItem(
                at: URL(filePath: "\(source)/ai-analyzer").resolvingSymlinksInPath(), to: URL(filePath: program))
            let model = try #require(files.contents(atPath: "\(source)/\(resources)/base.triagemodel"))
            try model.prefix(model.count / 2).write(to: URL(filePath: "\(folder)/\(resources)/base.triagemodel"))
            return program
        }

        private static func analysis(
            of title: String, tenant: String = "default", _ ladder: LadderSystem
        ) async throws -> Analysis {
            let draft = try ContractJSON.encode(TaskDraft(title: title, body: "", project: "shop"))
            let headers = [HTTPHeader("X-Tenant-ID", tenant)]
            let system = ladder.system
            let created = try await system.send(
                "POST", "/v1/tasks", json: String(decoding: draft, as: UTF8.self), headers: headers)
            let id = try ContractJSON.decode(TaskView.self, from: created.body).id
            func view() async throws -> TaskView {
                try ContractJSON.decode(
                    TaskView.self, from: try await system.send("GET", "/v1/tasks/\(id)", headers: headers).body)
            }
            try await eventually("\(title) is analysed") { try await view().status == .analysed }
            return try #require(try await view().analysis)
        }

        @Test func `without a model similar tasks of the same tenant answer, and where there are none the rules do`()
            async throws
        {
            let folder = NSTemporaryDirectory() + "damaged-\(UUID().uuidString)"
            // A folder left in the temporary one harms nobody.
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let program = try Self.damagedProgram(in: folder)
            try await LadderSystem.run(providers: nil) { ladder in
                var said: [String: Int] = [:]
                for number in 0..<12 {
                    let analysis = try await Self.analysis(
                        of: "Checkout page \(number) crashes with a null pointer exception", ladder)
                    #expect(analysis.rung == .embedded && !analysis.degraded)
                    said[try #require(analysis.category).value, default: 0] += 1
                }
                #expect(try await ladder.analyzer.end() == 0)
                try await ladder.system.withTwin(of: .aiAnalyzer, executable: program) { twin in
                    let like = try await Self.analysis(
                        of: "Checkout page crashes with a null pointer exception again", ladder)
                    let category = try #require(like.category)
                    print(
                        "without a model: \(like.rung) says \(category.value) at \(category.confidence) "
                            + "(\(category.zone)), neighbours \(said); \(like.reason ?? "")")
                    #expect(like.rung == .neighbours)
                    #expect(like.degraded)
                    #expect(like.reason?.hasPrefix("no model is loaded: ") == true)
                    #expect(like.modelVersion == "neighbours-1")
                    #expect(category.value == said.max { $0.value < $1.value }?.key)
                    #expect(category.zone != .auto)
                    #expect(like.similar.count == 3)
                    try await eventually("the log says so") { twin.log.contains("\"rung\":\"neighbours\"") }

                    // Nothing is like it, and another tenant's tasks are nobody's business.
                    let unlike = try await Self.analysis(of: "How do I export invoices?", ladder)
                    #expect(unlike.rung == .rules && unlike.degraded)
                    let others = try await Self.analysis(
                        of: "Checkout page crashes with a null pointer exception again", tenant: "other", ladder)
                    #expect(others.rung == .rules && others.similar.isEmpty)
                }
            }
        }

        @Test func `below a provider that fails the neighbours answer, and the analysis names both`() async throws {
            let folder = NSTemporaryDirectory() + "damaged-\(UUID().uuidString)"
            // A folder left in the temporary one harms nobody.
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let program = try Self.damagedProgram(in: folder)
            let server = try ModelServer(.answer(LadderHarness.answer))
            let settings = ["RESPONSE_CACHE": "0", "HEALING_INTERVAL": "200ms", "BREAKER_OPEN": "200ms"]
            try await LadderSystem.run(providers: LadderHarness.providers(server), settings) { ladder in
                try await ladder.create(5) { "Checkout page \($0) crashes with a null pointer exception" }
                try await eventually("the provider answers") {
                    try await ladder.shown("provider", degraded: false) == 5
                }
                #expect(try await ladder.analyzer.end() == 0)
                server.set(.status(500, body: "{}"))
                try await ladder.system.withTwin(of: .aiAnalyzer, executable: program) { _ in
                    let analysis = try await Self.analysis(
                        of: "Checkout page crashes with a null pointer exception again", ladder)
                    #expect(analysis.rung == .neighbours && analysis.degraded)
                    #expect(analysis.reason?.hasPrefix("gateway/v1: server_error; no model is loaded: ") == true)
                    #expect(analysis.category?.value == "bug")
                    server.set(.answer(LadderHarness.answer))
                    try await eventually("it is repaired", within: .seconds(60)) {
                        try await ladder.shown("provider", degraded: false) == 6
                    }
                }
            }
        }
    }
}
