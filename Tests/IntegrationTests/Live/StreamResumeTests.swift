import Contracts
import CurlHTTP
import Postgres
import RabbitMQ
import TestSupport
import Testing

/// A reader that comes back gets what it missed, each once.
@Suite struct StreamResumeTests {
    private let created = EventType.taskCreated.rawValue
    private let completed = EventType.analysisCompleted.rawValue

    @Test(arguments: [0, 1, 3, 30, 200])
    func `a caller's stream resumes behind the last event that came, with all that was missed`(missed: Int)
        async throws
    {
        try await LiveHarness.run { live in
            for number in 0..<20 { _ = try await live.create("Before \(number)") }
            // A position knows the latest sixteen events: with more than four late ones among them it repeats some
            // (`SeenEvents`).
            try await eventually("they are told") {
                try await live.pool.query("SELECT count(*) FROM task.outbox").one().decode(at: 0, as: Int.self) == 0
            }
            let (seen, position) = try await live.reading("/v1/events") { reader in
                var tasks: [TaskView] = []
                for number in 0..<25 { tasks.append(try await live.create("Seen \(number)")) }
                // By their names: an event from before may come late, to this reader too.
                try await eventually("those created meanwhile have come (\(reader.types.count))") {
                    tasks.allSatisfy { task in reader.events.contains { $0.data.contains(task.id.description) } }
                }
                return (try reader.durable, try #require(reader.position))
            }
            var tasks: [TaskView] = []
            for number in 0..<missed {
                tasks.append(try await live.create("Missed \(number)"))
                _ = try await live.create("Another's", user: "ben")
            }
            let finals = try tasks.map { try LiveHarness.final(of: $0) }
            _ = await live.publisher.publish(contentsOf: finals.map(\.message))
            let after = try await live.reading("/v1/events", after: position) { reader in
                // At once: the last analyses may not be stored yet.
                let last = try await live.create("Live again")
                try await eventually("all have come (\(reader.types.count) of \(2 * missed + 1))") {
                    try reader.durable.count >= 2 * missed + 1
                }
                #expect(reader.events.contains { $0.data.contains(last.id.description) })
                return try reader.durable
            }
            #expect(after.count == 2 * missed + 1)
            #expect(Set(after).count == after.count && Set(after).isDisjoint(with: seen))
            let analyses = Set(finals.map(\.event.id.description))
            #expect(analyses.isSubset(of: after))
        }
    }

    @Test func `a stream that carried nothing yet has a position too`() async throws {
        try await LiveHarness.run { live in
            for number in 0..<3 { _ = try await live.create("Before \(number)") }
            let head = try await live.head("/v1/events")
            let position = try #require(head.split(separator: "\n").first { $0.hasPrefix("id: ") }?.dropFirst(4))
            let missed = try await live.create("Missed")
            try await live.reading("/v1/events", after: String(position)) { reader in
                try await reader.wait(for: created)
                #expect(reader.events.map { $0.data.contains(missed.id.description) } == [true])
            }
        }
    }

    @Test func `an event that is older than the last one seen, but became known later, is missed all the same`()
        async throws
    {
        try await LiveHarness.run { live in
            let task = try await live.create("Analysed long ago")
            let late = try LiveHarness.final(of: task)
            let position = try await live.reading("/v1/tasks/\(task.id)/events") { reader in
                let feedback = #"{"fields":[{"field":"category","verdict":"corrected","value":"bug"}]}"#
                let response = try await live.http.execute(
                    HTTPRequest(
                        method: "POST", url: live.url + "/v1/tasks/\(task.id)/feedback",
                        headers: [HTTPHeader("Content-Type", "application/json")], body: Array(feedback.utf8)),
                    deadline: .seconds(10))
                #expect(response.status == 202)
                try await reader.wait(for: EventType.feedbackRecorded.rawValue)
                return try #require(reader.position)
            }
            try await live.publisher.publish(late.message)
            try await eventually("it is stored") { try await live.status(of: task) == "analysed" }
            try await live.reading("/v1/tasks/\(task.id)/events", after: position) { reader in
                try await reader.wait(for: completed)
                #expect(reader.types == [completed])
                #expect(reader.events[0].data.contains(#""analysis":{"#))
            }
        }
    }

    @Test func `a reader that has missed more than is told again is told to reset, and then goes on`() async throws {
        try await LiveHarness.run(settings: ["TRIAGELOOP_STREAM_REPLAY": "20"]) { live in
            let position = try await live.reading("/v1/events") { reader in
                _ = try await live.create("Seen")
                try await reader.wait(for: created)
                return try #require(reader.position)
            }
            for number in 0..<40 { _ = try await live.create("Missed \(number)") }
            try await live.reading("/v1/events", after: position) { reader in
                try await reader.wait(for: "reset")
                let next = try await live.create("Live again")
                // What was missed last may still be on its way here, and comes before.
                try await eventually("the next task") {
                    reader.events.last?.data.contains(next.id.description) == true
                }
                #expect(reader.types.first == "reset" && reader.types.count { $0 == "reset" } == 1)
            }
            try await live.reading("/v1/events", after: "nonsense") { try await $0.wait(for: "reset") }
        }
    }

    @Test func `a change of the serving model that was missed is told, once`() async throws {
        try await LiveHarness.run { live in
            let position = try await live.reading("/v1/events") { reader in
                _ = try await live.create("Seen")
                try await reader.wait(for: created)
                return try #require(reader.position)
            }
            for generation in 1...3 { try await live.publishRollout(generation) }
            try await eventually("they are stored") {
                try await live.pool.query("SELECT FROM task.rollouts", []).count == 3
            }
            let again = try await live.reading("/v1/events", after: position) { reader in
                try await reader.wait(for: EventType.rolloutChanged.rawValue)
                #expect(reader.types == [EventType.rolloutChanged.rawValue])
                #expect(reader.events[0].data.contains("model-3"))
                return try #require(reader.position)
            }
            try await live.reading("/v1/events", after: again) { reader in
                _ = try await live.create("Live again")
                try await reader.wait(for: created)
                #expect(reader.types == [created])
            }
        }
    }
}

extension LiveHarness {
    /// The first bytes of a stream, up to a blank line.
    func head(_ path: String) async throws -> String {
        let stream = try await http.stream(HTTPRequest(url: url + path, headers: [HTTPHeader("X-User-ID", "ana")]))
        var text = ""
        for try await chunk in stream.body {
            text += String(decoding: chunk, as: UTF8.self)
            if text.contains("\n\n") { break }
        }
        return text
    }

    func publishRollout(_ generation: Int) async throws {
        let event = CloudEvent(
            source: .retrainingTrigger, subject: "model-\(generation)", story: Story(correlationID: "rollout"),
            data: RolloutChanged(
                champion: "model-\(generation)", previous: nil, reason: "better", generation: generation,
                changedAt: .now))
        try await publisher.publish(
            .init(
                exchange: Topology.events.name, routingKey: event.type.rawValue, body: try EventCoder.encode(event),
                properties: .init(
                    messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue)))
    }
}
