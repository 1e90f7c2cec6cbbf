import Contracts
import CurlHTTP
import Foundation
import Logging
import Postgres
import RabbitMQ
import Synchronization
import TestSupport
import Testing

/// Everything dies in turn under load, and nothing that was accepted is lost or done twice.
@Suite struct KillTests {
    @Test func `kill -9 of every service and of the broker under load loses nothing and doubles nothing`() async throws
    {
        try await PrivateBroker.run { broker in
            let settings = ["TRIAGELOOP_TRAINING_MINIMUM_FEEDBACK": "1000000"]
            try await RunningSystem.run(broker: try await broker.configuration, settings: settings) { system in
                let load = Load(system: system)
                let faults = try await withThrowingTaskGroup(of: Faults?.self) { group in
                    group.addTask {
                        await load.run(tasksPerSecond: 100, for: .seconds(24))
                        return nil
                    }
                    group.addTask { try await Faults.inject(system, broker, under: load) }
                    var faults: Faults?
                    for try await result in group { faults = result ?? faults }
                    return try #require(faults)
                }
                for name in ServiceName.allCases { try await system.waitUntilReady(name) }
                let counts = load.counts
                try await system.database.withPool { pool in
                    try await eventually("every task is analysed and every outbox empty", within: .seconds(60)) {
                        try await Ledger.read(pool).isQuiet(feedback: counts.feedback.count)
                    }
                    let ledger = try await Ledger.read(pool)
                    print("kill test: \(counts) | \(ledger) | \(faults)")
                    try await Self.check(ledger, counts, faults, pool)
                }
            }
        }
    }

    private static func check(_ ledger: Ledger, _ counts: Load.Counts, _ faults: Faults, _ pool: DatabasePool)
        async throws
    {
        // The load flowed and the faults hit; else the rest would prove nothing.
        #expect(counts.posted > 800)
        #expect(counts.refused + counts.unknown > 0)
        #expect(counts.feedback.count > 30)
        #expect(faults.signals == [9, 9, 9])
        #expect(faults.brokerWasKilled)
        #expect(faults.linesOfLostConnections > 0)
        // Accepted = stored = analysed = shown, each once.
        let rows = try await pool.query("SELECT id FROM task.tasks")
        let stored = Set(try rows.map { Identifier(try $0.decode(at: 0)) })
        #expect(counts.accepted == stored)
        // Each post has become one task, also those that were sent again because nobody knew.
        #expect(counts.accepted.count == counts.posted)
        #expect(ledger.tasks == ledger.analysed)
        #expect(ledger.tasks == ledger.analyses)
        #expect(ledger.tasks == ledger.completedEntries)
        #expect(ledger.tasksWithTwoCompletions == 0)
        // Each accepted feedback counted once.
        #expect(ledger.feedbackRows == counts.feedback.count)
        #expect(ledger.feedbackRows == ledger.feedbackEntries)
    }
}

/// Posts tasks, and feedback on every tenth, each under a key of its own and again until it is accepted.
final class Load: Sendable {
    struct Counts: CustomStringConvertible {
        var posted = 0
        var accepted = Set<Identifier>()
        var feedback = Set<Identifier>()
        /// Attempts that were answered with an error that stores nothing, or never connected (curl's code 7).
        var refused = 0
        /// Attempts whose answer never came, or the database's: may be stored or not.
        var unknown = 0
        /// Attempts that had been stored by an earlier one whose answer was lost.
        var replayed = 0

        var description: String {
            "posted \(posted), accepted \(accepted.count), refused \(refused), unknown \(unknown), replayed \(replayed), feedback \(feedback.count)"
        }
    }

    private let system: RunningSystem
    private let state = Mutex(Counts())

    init(system: RunningSystem) { self.system = system }

    var counts: Counts { state.withLock { $0 } }

    func run(tasksPerSecond: Int, for duration: Duration) async {
        let start = ContinuousClock.now
        let count = tasksPerSecond * Int(duration.components.seconds)
        await withDiscardingTaskGroup { group in
            for index in 0..<count {
                // An open loop: each request leaves at its time, whatever became of those before.
                // It throws only when nobody wants the load any more; then the rest fails as fast.
                try? await Task.sleep(until: start + .seconds(Double(index) / Double(tasksPerSecond)))
                group.addTask { await self.post(index) }
            }
        }
    }

    /// Returns when so many more tasks were posted, so that a fault hits under load however fast the machine is.
    func posts(_ more: Int) async throws {
        let goal = counts.posted + more
        try await eventually("\(more) more tasks are posted", within: .seconds(60)) { counts.posted >= goal }
    }

    private func post(_ index: Int) async {
        state.withLock { $0.posted += 1 }
        let json =
            #"{"title":"Report \#(index) crashes on export","body":"Since build \#(index % 7).","project":"load"}"#
        guard let body = await untilAccepted("/v1/tasks", json, key: "post-\(index)"),
            // A body that can't be read leaves the post uncounted, and the test fails by that.
            let task = try? ContractJSON.decode(TaskView.self, from: body)
        else { return }
        state.withLock { _ = $0.accepted.insert(task.id) }
        if index % 10 == 0 { await judge(task.id) }
    }

    private func judge(_ id: Identifier) async {
        let json = #"{"fields":[{"field":"category","verdict":"corrected","value":"bug"}]}"#
        guard let body = await untilAccepted("/v1/tasks/\(id)/feedback", json, key: "judge"),
            // As above.
            let result = try? ContractJSON.decode(FeedbackResult.self, from: body)
        else { return }
        state.withLock { _ = $0.feedback.insert(result.feedbackID) }
    }

    /// The body of the answer that accepts the request, which is sent again, with the same key, for a minute.
    private func untilAccepted(_ path: String, _ json: String, key: String) async -> [UInt8]? {
        // Keys belong to an operation: that of feedback says on which task.
        let headers = [HTTPHeader("Connection", "close"), HTTPHeader("Idempotency-Key", "\(key) \(path)".asKey)]
        for _ in 0..<120 {
            do {
                // On a connection of its own: libcurl sends again on a fresh one when one that was used before dies, and
                // then answers code 7 for a request that did arrive.
                let response = try await system.send("POST", path, json: json, headers: headers)
                if response.status == 202 {
                    if response.header("Idempotency-Replayed") != nil { state.withLock { $0.replayed += 1 } }
                    return response.body
                }
                count(response)
            } catch let error as HTTPClientError {
                state.withLock { if error.curlCode == 7 { $0.refused += 1 } else { $0.unknown += 1 } }
            } catch {
                state.withLock { $0.unknown += 1 }
            }
            // Throws only when nobody wants the load any more.
            guard (try? await Task.sleep(for: .milliseconds(500))) != nil else { return nil }
        }
        return nil
    }

    /// A database that answered too late may have stored it; every other error says that nothing is.
    private func count(_ response: HTTPResponse) {
        // An answer without a problem comes from nobody who knows.
        let problem = try? ContractJSON.decode(Problem.self, from: response.body)
        let isUnknown = problem.map { $0.code == .databaseUnavailable } ?? true
        state.withLock { if isUnknown { $0.unknown += 1 } else { $0.refused += 1 } }
    }
}

extension String {
    /// As a string of structured fields.
    fileprivate var asKey: String { "\"\(self)\"" }
}

/// What was done to the system, with the proof that it hit.
struct Faults: CustomStringConvertible {
    var signals: [Int32] = []
    var brokerWasKilled = false
    var linesOfLostConnections = 0

    var description: String {
        "signals \(signals), broker killed \(brokerWasKilled), lost-connection lines \(linesOfLostConnections)"
    }

    static func inject(_ system: RunningSystem, _ broker: PrivateBroker, under load: Load) async throws -> Faults {
        var faults = Faults()
        for name in [ServiceName.aiAnalyzer, .retrainingTrigger, .taskAPI] {
            try await load.posts(200)
            let process = try system.service(name)
            await process.end(SIGKILL)
            faults.signals += process.endedBySignals.suffix(1)
            try await load.posts(70)
            try process.start()
            try await system.waitUntilReady(name)
        }
        try await load.posts(200)
        faults.brokerWasKilled = try await broker.kill()
        try await broker.start()
        for name in ServiceName.allCases {
            let log = try system.service(name).log
            faults.linesOfLostConnections += log.split(separator: "\n").count {
                $0.contains("broker connection ended")
            }
        }
        return faults
    }
}

/// What the database says in the end.
struct Ledger: CustomStringConvertible {
    var tasks = 0
    var analysed = 0
    var analyses = 0
    var completedEntries = 0
    var tasksWithTwoCompletions = 0
    var feedbackRows = 0
    var feedbackEntries = 0
    var outboxRows = 0

    var description: String {
        "tasks \(tasks), analysed \(analysed), analyses \(analyses), completions shown \(completedEntries), "
            + "twice \(tasksWithTwoCompletions), feedback counted \(feedbackRows), outbox \(outboxRows)"
    }

    func isQuiet(feedback: Int) -> Bool {
        tasks == analysed && outboxRows == 0 && feedbackRows == feedbackEntries && feedbackRows >= feedback
    }

    static func read(_ pool: DatabasePool) async throws -> Ledger {
        let rows = try await pool.query(
            """
            SELECT (SELECT count(*) FROM task.tasks), (SELECT count(*) FROM task.tasks WHERE status = 'analysed'),
                (SELECT count(*) FROM analysis.analyses),
                (SELECT count(*) FROM task.timeline WHERE type = 'analysis.completed.v1'),
                (SELECT count(*) FROM (SELECT FROM task.timeline WHERE type = 'analysis.completed.v1'
                    GROUP BY task_id HAVING count(*) > 1) AS twice),
                (SELECT count(*) FROM training.feedback),
                (SELECT count(*) FROM task.timeline WHERE type = 'feedback.recorded.v1'),
                (SELECT count(*) FROM task.outbox) + (SELECT count(*) FROM analysis.outbox)
                    + (SELECT count(*) FROM training.outbox)
            """, [])
        let row = try rows.one()
        return Ledger(
            tasks: try row.decode(at: 0), analysed: try row.decode(at: 1), analyses: try row.decode(at: 2),
            completedEntries: try row.decode(at: 3), tasksWithTwoCompletions: try row.decode(at: 4),
            feedbackRows: try row.decode(at: 5), feedbackEntries: try row.decode(at: 6),
            outboxRows: try row.decode(at: 7))
    }
}
