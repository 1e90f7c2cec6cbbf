import Contracts
import FaultServer
import Foundation
import TestSupport
import Testing

extension ProgramTests {
    /// SIGHUP: the providers file is read again by the running program.
    @Suite struct HangUpTests {
        private static func providers(_ server: ModelServer, version: String) -> String {
            LadderHarness.providers(server).replacing("\"name\": \"v1\"", with: "\"name\": \"\(version)\"")
        }

        /// The version that analysed a task of this title.
        private static func version(of title: String, _ ladder: LadderSystem) async throws -> String? {
            let id = try await ladder.system.create(title).id
            return try await ladder.system.analysed(id).analysis?.modelVersion
        }

        @Test func `SIGHUP takes a new version in; of a broken file all faults are logged and the old one serves`()
            async throws
        {
            let server = try ModelServer(.answer(LadderHarness.answer))
            // Nothing but the signal makes it look.
            let settings = ["PROVIDERS_RELOAD_INTERVAL": "3600s"]
            try await LadderSystem.run(providers: Self.providers(server, version: "v1"), settings) { ladder in
                let analyzer = try ladder.analyzer
                let process = try #require(analyzer.identifier)
                #expect(try await Self.version(of: "First", ladder) == "gateway/v1")

                try ladder.providersFile.write(Self.providers(server, version: "v2"))
                #expect(try await Self.version(of: "Written, not told", ladder) == "gateway/v1")
                kill(process, SIGHUP)
                try await eventually("it says that it has reloaded") { analyzer.log.contains("\"providers reloaded\"") }
                #expect(try await Self.version(of: "Told", ladder) == "gateway/v2")

                try ladder.providersFile.write(
                    """
                    {"providers": [{"name": 7, "kind": "carrier-pigeon", "base_url": "\(server.baseURL)",
                      "versions": [{"name": "v3", "model": "m", "temperature": 9}]}]}
                    """)
                kill(process, SIGHUP)
                try await eventually("it says what is wrong") { analyzer.log.contains("files have faults") }
                let line = try #require(analyzer.log.split(separator: "\n").last { $0.contains("files have faults") })
                let fields = try ContractJSON.decode(JSONValue.self, from: Array(line.utf8))
                let reason = try #require(Self.reason(fields))
                for fault in ["/providers/0/name", "/providers/0/kind"] { #expect(reason.contains(fault), "\(reason)") }
                #expect(try await Self.version(of: "Still", ladder) == "gateway/v2")

                try ladder.providersFile.write(Self.providers(server, version: "v4"))
                kill(process, SIGHUP)
                try await eventually("it has reloaded again") {
                    analyzer.log.split(separator: "\n").count { $0.contains("\"providers reloaded\"") } == 2
                }
                #expect(try await Self.version(of: "Repaired", ladder) == "gateway/v4")
                // All that without a restart.
                #expect(analyzer.identifier == process)
            }
        }

        @Test func `SIGHUP means nothing where there are no providers, and nothing before they are there`() async throws
        {
            let server = try ModelServer(.answer(LadderHarness.answer))
            try await LadderSystem.run(providers: Self.providers(server, version: "v1")) { ladder in
                try await ladder.system.withTwin(of: .aiAnalyzer, settings: ["TRIAGELOOP_PROVIDERS_FILE": ""]) { twin in
                    let process = try #require(twin.identifier)
                    kill(process, SIGHUP)
                    #expect(try await Self.version(of: "After it", ladder) != nil)
                    #expect(twin.identifier == process)
                }
            }
        }

        private static func reason(_ line: JSONValue) -> String? {
            line["reason"]?.stringValue ?? line["metadata"]?["reason"]?.stringValue
        }
    }
}
