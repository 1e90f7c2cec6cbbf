import Contracts
import FaultServer
import Foundation
import TestSupport
import Testing

extension ProgramTests {
    /// The fifth show of issue 4: calls that fail leave nothing behind in the process that makes them.
    @Suite struct LeakTests {
        /// Nothing in it grows with the number of calls: small index, small windows, no cache.
        private static let settings = [
            "ANALYSIS_DEADLINE": "5s", "PROVIDER_MINIMUM_ATTEMPT": "100ms", "BREAKER_MINIMUM_CALLS": "1000",
            "BREAKER_WINDOW": "1000", "BREAKER_FAILURE_RATE": "1", "HEALING_INTERVAL": "3600s", "RESPONSE_CACHE": "0",
            "SIMILAR_TASKS": "100", "LOG_LEVEL": "error",
        ]
        private static let behaviours: [ModelServer.Behaviour] = [
            .status(500, body: "{}"), .reset, .garbage,
            .rawStream(ModelServer.event(delta: "{\"content\":\"{\"}")), .answer(LadderHarness.answer),
        ]
        private static let callsARound = 500
        /// The heap finds its size in these, beside other work as late as in the 22nd: over 40,000 calls more it grew by 60
        /// bytes a call, and less and less.
        private static let warmUpRounds = 24
        private static let rounds = 10

        private static func openFiles(_ process: pid_t) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        }

        /// VmRSS, in kB.
        private static func residentMemory(_ process: pid_t) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        }

        @Test func `5000 calls with every fault leave no connection, file or memory behind`() async throws {
            let server = try ModelServer(.answer(LadderHarness.answer))
            try await LadderSystem.run(providers: LadderHarness.providers(server), Self.settings) { ladder in
                let process = try #require(try ladder.analyzer.identifier)
                var files: [Int] = []
                var memory: [Int] = []
                var analysed = 0
                for round in 0..<(Self.warmUpRounds + Self.rounds) {
                    for behaviour in Self.behaviours {
                        server.set(behaviour)
                        let tasks = Self.callsARound / Self.behaviours.count
                        try await ladder.create(tasks) { "Round \(round), task \($0) fails" }
                        analysed += tasks
                        try await eventually("\(analysed) are answered", within: .seconds(60)) {
                            try await ladder.count("SELECT count(*) FROM analysis.analyses") == analysed
                        }
                    }
                    files.append(try Self.openFiles(process))
                    memory.append(try Self.residentMemory(process))
                }
                let calls = Self.rounds * Self.callsARound
                print(
                    "\(server.callCount) calls, the last \(calls) of them measured; after each \(Self.callsARound): "
                        + "open files \(files), resident kB \(memory)")
                #expect(server.callCount >= calls + Self.warmUpRounds * Self.callsARound)
                let filesBefore = try #require(files.dropFirst(Self.warmUpRounds - 1).first)
                #expect(try #require(files.last) <= filesBefore + 20)
                // The least of a few rounds each: what an allocator holds for a moment is no leak.
                let before = try #require(memory.dropFirst(Self.warmUpRounds).prefix(3).min())
                let after = try #require(memory.suffix(3).min())
                let callsBetween = (Self.rounds - 3) * Self.callsARound
                #expect(after - before < callsBetween * 1_024 / 1_000 * 3 / 4, "a leak of 1 kB a call would be more")
            }
        }
    }
}
