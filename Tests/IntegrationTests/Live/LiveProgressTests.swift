import AIAnalyzer
import AIAnalyzerCore
import Contracts
import CurlHTTP
import Postgres
import RabbitMQ
import TestSupport
import Testing

/// What a model writes, from ai-analyzer's hand through a real broker to a reader of a stream.
@Suite struct LiveProgressTests {
    private let progressed = EventType.analysisProgressed.rawValue
    private let completed = EventType.analysisCompleted.rawValue

    @Test func `progress reaches its reader before the final event, at most ten times a second, and never after`()
        async throws
    {
        try await LiveHarness.run { live in
            let task = try await live.create("A thousand deltas")
            let final = try LiveHarness.final(of: task).message
            try await live.reading("/v1/tasks/\(task.id)/events") { reader in
                try await reader.wait(for: EventType.taskCreated.rawValue)
                // Beside the reader, whose stream would hide what comes too late.
                let tap = EventTap()
                let tapping = Task { try await tap.run(live.broker) }
                defer { tapping.cancel() }
                try await tap.isListening()
                let telling = live.tell(of: task)
                let clock = ContinuousClock()
                let start = clock.now
                for number in 0..<1_000 {
                    telling.append("\(number % 10)")
                    // A model that writes a token each millisecond.
                    try await Task.sleep(for: .milliseconds(1))
                }
                let seconds = Double((clock.now - start) / .milliseconds(1)) / 1_000
                telling.finish()
                telling.append("too late")
                try await live.publisher.publish(final)
                try await reader.wait(for: completed)
                // Two intervals for what would wrongly be told.
                try await Task.sleep(for: .milliseconds(250))
                try await eventually("the analysis is stored") { try await live.status(of: task) == "analysed" }
                #expect(tap.routingKeys.last == completed)
                #expect(try tap.all(AnalysisProgressed.self).allSatisfy { !$0.data.text.contains("late") })

                let texts = try reader.texts
                print("1,000 deltas in \(seconds) s: \(texts.count) progress events at the reader")
                #expect(texts.count >= 2 && Double(texts.count) <= 10 * seconds + 1)
                #expect(texts == texts.sorted { $0.count < $1.count } && !texts.joined().contains("late"))
                #expect(reader.types.last == completed)
                #expect(reader.events.filter { $0.event == progressed }.allSatisfy { $0.id == reader.events[0].id })
            }
        }
    }

    @Test func `progress is for those who may see the task, and only as it happens`() async throws {
        try await LiveHarness.run { live in
            let task = try await live.create("Mine")
            try await live.reading("/v1/events", user: "ana") { mine in
                try await live.reading("/v1/events", user: "ben") { others in
                    try await live.reading("/v1/tasks/\(task.id)/events", user: "ben") { ofTheTask in
                        let telling = live.tell(of: task)
                        try await eventually("the streams carry progress") {
                            telling.append("x")
                            return try mine.texts.count >= 1 && ofTheTask.texts.count >= 1
                        }
                        let other = try await live.create("Another's", user: "ben")
                        try await others.wait(for: EventType.taskCreated.rawValue)
                        #expect(try others.texts.isEmpty)
                        #expect(mine.types.allSatisfy { $0 == progressed })
                        telling.finish()
                        _ = other
                    }
                }
            }
            try await live.reading("/v1/tasks/\(task.id)/events") { later in
                try await later.wait(for: EventType.taskCreated.rawValue)
                try await live.publisher.publish(try LiveHarness.final(of: task).message)
                try await later.wait(for: completed)
                #expect(later.types == [EventType.taskCreated.rawValue, completed])
            }
        }
    }

    @Test func `a blocked broker drops progress, holds nobody up, and the final event arrives`() async throws {
        try await LiveHarness.run { live in
            let task = try await live.create("During an alarm")
            let final = try LiveHarness.final(of: task).message
            try await live.reading("/v1/tasks/\(task.id)/events") { reader in
                let telling = live.tell(of: task)
                telling.append("before")
                try await reader.wait(for: progressed)
                // connection.blocked "disk", then connection.unblocked, as RabbitMQ sends them.
                await live.proxy.inject([1, 0, 0, 0, 0, 0, 9, 0, 10, 0, 60, 4, 100, 105, 115, 107, 206])
                try await eventually("the publisher knows") { live.publisher.status == .blocked(reason: "disk") }
                let start = ContinuousClock.now
                for _ in 0..<10_000 { telling.append(" lost") }
                let took = ContinuousClock.now - start
                try await Task.sleep(for: .milliseconds(250))  // two intervals of what would have been told
                telling.finish()
                async let published: Void = live.publisher.publish(final)
                await live.proxy.inject([1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 61, 206])
                try await published
                try await reader.wait(for: completed)
                print("10,000 deltas while blocked took \(took); reader got \(reader.types)")
                #expect(try reader.texts == ["before"])
                #expect(reader.types.last == completed)
                #expect(took < .seconds(5))
            }
        }
    }

    @Test func `a broker that answers nothing gets no more than may be in flight, and the final event arrives`()
        async throws
    {
        try await LiveHarness.run(limits: .init(tasks: 40, inFlight: 5)) { live in
            let tasks = try await withThrowingTaskGroup(of: TaskView.self) { group in
                for number in 0..<20 { group.addTask { try await live.create("Slow \(number)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            await live.proxy.stall()
            let tellings = tasks.map { live.tell(of: $0) }
            for _ in 0..<50 {
                for telling in tellings { telling.append("x") }
                try await Task.sleep(for: .milliseconds(10))
            }
            for telling in tellings { telling.finish() }
            #expect(live.progress.count == 0)
            try await live.reading("/v1/events") { reader in
                async let failures = live.publisher.publish(
                    contentsOf: tasks.map { try LiveHarness.final(of: $0).message })
                await live.proxy.heal()
                #expect(try await failures.allSatisfy { $0 == nil })
                try await reader.wait(for: completed, count: 20)
                print("20 tasks, 1,000 deltas at a stalled broker: \(try reader.texts.count) progress events")
                #expect(try reader.texts.count <= 5)
                for task in tasks {
                    let story = reader.events.filter { $0.data.contains(task.id.description) }.map(\.event)
                    #expect(story.last == completed && story.count { $0 == completed } == 1)
                }
            }
        }
    }
}

extension LiveHarness {
    func status(of task: TaskView) async throws -> String? {
        try await pool.query("SELECT status FROM task.tasks WHERE id = $1", [task.id.uuid]).first?.decode(at: 0)
    }
}
