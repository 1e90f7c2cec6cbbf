import Contracts
import CurlHTTP
import Foundation
import Logging
import Postgres
import RabbitMQ
import TestSupport
import Testing

/// Stories of tasks through the running system.
@Suite struct StoryTests {
    @Test func `a task is analysed, and its timeline tells it under one correlation id`() async throws {
        try await RunningSystem.run { system in
            let task = try await system.create("The app crashes on login", body: "Stack trace attached.")
            let analysed = try await system.analysed(task.id)
            #expect(analysed.analysis?.category != nil)
            #expect(analysed.analysis?.revision == 1)
            let story = try await system.timeline(task.id)
            #expect(story.map(\.type) == ["task.created.v1", "analysis.completed.v1"])
            #expect(Set(story.map(\.correlationID)) == [task.correlationID])
            #expect(story.last?.causationID == story.first?.eventID.description)
        }
    }

    @Test func `an edit is analysed anew, and the older result never shows`() async throws {
        try await RunningSystem.run { system in
            let task = try await system.create("Something about the export")
            for number in 2...6 {
                let response = try await system.send(
                    "PATCH", "/v1/tasks/\(task.id)", json: #"{"title":"Export fails with error \#(number)"}"#)
                #expect(response.status == 202)
            }
            let analysed = try await system.analysed(task.id)
            #expect(analysed.revision == 6)
            #expect(analysed.analysis?.revision == 6)
        }
    }

    @Test func `feedback shows at once, belongs to the task's story and reaches the training side`() async throws {
        try await RunningSystem.run { system in
            let task = try await system.create("Please add a dark theme")
            _ = try await system.analysed(task.id)
            let response = try await system.giveFeedback(
                task.id, #"{"fields":[{"field":"category","verdict":"corrected","value":"feature"}]}"#)
            #expect(response.status == 202)
            let shown = try await system.task(task.id)
            #expect(shown.fields.category?.value == .text("feature"))
            try await system.database.withPool { pool in
                try await eventually("the feedback is projected") {
                    let rows = try await pool.query(
                        "SELECT correlation_id FROM training.feedback WHERE task_id = $1", [task.id.uuid])
                    return try rows.first?.decode(at: 0, as: String.self) == task.correlationID
                }
            }
        }
    }

    @Test func `a task's time never goes back, though the analyzer's clock may be ahead`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let task = try await system.create("Seen by a service from tomorrow")
            try await system.database.withPool { pool in
                _ = try await pool.query("UPDATE task.tasks SET updated_at = updated_at + interval '1 day'")
            }
            let ahead = try await system.task(task.id).updatedAt
            #expect(ahead > task.updatedAt)
            let feedback = #"{"fields":[{"field":"category","verdict":"corrected","value":"feature"}]}"#
            #expect(try await system.giveFeedback(task.id, feedback).status == 202)
            #expect(try await system.task(task.id).updatedAt == ahead)
            let edit = try await system.send("PATCH", "/v1/tasks/\(task.id)", json: #"{"title":"Another"}"#)
            #expect(edit.status == 202)
            #expect(try await system.task(task.id).updatedAt == ahead)
        }
    }

    @Test
    func `with the analyzer stopped tasks are created, listed, edited and answered, and analysed when it is back`()
        async throws
    {
        try await RunningSystem.run { system in
            #expect(try await system.service(.aiAnalyzer).end() == 0)
            var ids: [Identifier] = []
            for number in 0..<30 {
                let task = try await system.create("Export \(number) fails with an error")
                #expect(task.status == .analysing)
                ids.append(task.id)
            }
            let listed = try ContractJSON.decode(
                Page<TaskView>.self, from: try await system.send("GET", "/v1/tasks?limit=100").body
            ).items
            #expect(Set(listed.map(\.id)) == Set(ids) && listed.allSatisfy { $0.status == .analysing })
            let edited = Set(ids.prefix(10))
            for id in edited {
                let answer = try await system.send("PATCH", "/v1/tasks/\(id)", json: #"{"title":"How do I export?"}"#)
                #expect(answer.status == 202)
            }
            let judged = Set(ids[5..<15])
            let feedback = #"{"fields":[{"field":"category","verdict":"corrected","value":"chore"}]}"#
            for id in judged { #expect(try await system.giveFeedback(id, feedback).status == 202) }

            try system.service(.aiAnalyzer).start()
            var counts = (analysed: 0, current: 0, kept: 0)
            for id in ids {
                let task = try await system.analysed(id, within: .seconds(60))
                counts.analysed += 1
                if task.revision == (edited.contains(id) ? 2 : 1), task.analysis?.revision == task.revision {
                    counts.current += 1
                }
                if judged.contains(id), task.fields.category?.value == .text("chore") { counts.kept += 1 }
            }
            print(
                "with ai-analyzer stopped: \(ids.count) created, \(listed.count) listed, \(edited.count) edited, "
                    + "\(judged.count) answered; afterwards \(counts.analysed) analysed, \(counts.current) at their "
                    + "revision, \(counts.kept) answers kept")
            #expect(counts == (30, 30, 10))
        }
    }

    @Test func `tasks are accepted while the broker is down and analysed when it is back`() async throws {
        try await PrivateBroker.run { broker in
            try await RunningSystem.run(broker: try await broker.configuration, starting: [.taskAPI, .aiAnalyzer]) {
                system in
                #expect(try await broker.kill())
                var ids: [Identifier] = []
                for number in 0..<20 { ids.append(try await system.create("Export \(number) is broken").id) }
                try await broker.start()
                for id in ids { _ = try await system.analysed(id, within: .seconds(60)) }
            }
        }
    }

    @Test func `poison is dead-lettered once with its reason, and the others pass`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            let session = try await BrokerSession.open(system.broker, logger: Logger(label: "test"))
            let poisons: [(type: String, body: String, code: ErrorCode)] = [
                ("task.created.v1", "{ not json", .undecodableEvent),
                ("task.created.v1", #"{"specversion":"1.0"}"#, .invalidEvent),
                ("task.created.v9", "{}", .unknownEventType),
            ]
            for poison in poisons {
                try await session.publish(
                    OutgoingMessage(
                        exchange: "", routingKey: Topology.analyzerTasks.name, body: Array(poison.body.utf8),
                        properties: MessageProperties(
                            messageID: Identifier().description, type: poison.type, expirationMilliseconds: 600_000)))
            }
            let task = try await system.create("A good task among bad messages")
            _ = try await system.analysed(task.id)
            var codes: [String] = []
            try await eventually("three dead letters") {
                while let letter = try await session.get(Topology.analyzerTasks.deadLetterQueue) {
                    if case .string(let code)? = letter.properties.headers["x-error-code"] { codes.append(code) }
                    #expect(letter.properties.expirationMilliseconds == nil)
                    try await session.acknowledge(letter.tag)
                }
                return codes.count >= poisons.count
            }
            #expect(codes.sorted() == poisons.map(\.code.rawValue).sorted())
            await session.close()
        }
    }

    @Test func `a message whose headers leave no room for ours is dead once, with its reason`() async throws {
        try await RunningSystem.run(starting: [.aiAnalyzer]) { system in
            let session = try await BrokerSession.open(system.broker, logger: Logger(label: "test"))
            var poison = OutgoingMessage(
                exchange: "", routingKey: Topology.analyzerTasks.name, body: Array("{ not json".utf8),
                properties: MessageProperties(messageID: Identifier().description, type: "task.created.v1"))
            var size = 131_072
            var isSent = false
            while !isSent {
                size -= 32
                poison.properties.headers = ["x-noise": .string(String(repeating: "x", count: size))]
                do throws(BrokerError) {
                    try await session.publish(poison)
                    isSent = true
                } catch {
                    guard error.code == .invalidMessage, size > 100_000 else { throw error }
                }
            }
            var found: Delivery?
            try await eventually("the dead letter") {
                found = try await session.get(Topology.analyzerTasks.deadLetterQueue)
                return found != nil
            }
            let headers = try #require(found).properties.headers
            #expect(headers["x-error-code"] == .string(ErrorCode.undecodableEvent.rawValue))
            #expect(headers["x-noise"] == nil)
            await session.close()
        }
    }

    @Test func `a task whose event is dead is shown as failed, and as analysed once a good one is handled`()
        async throws
    {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let task = try await system.create("Nobody can read this task")
            let queue = Topology.analyzerTasks.name
            try await eventually("the task's event is in the queue") {
                // To ask for a queue that is not declared yet ends the session.
                let asking = try await BrokerSession.open(system.broker, logger: Logger(label: "test"))
                let count = (try? await asking.queueStatus(queue).messages) ?? 0
                await asking.close()
                return count == 1
            }
            let session = try await BrokerSession.open(system.broker, logger: Logger(label: "test"))
            let good = try #require(try await session.get(queue))
            try await session.acknowledge(good.tag)
            let text = String(decoding: good.body, as: UTF8.self)
            let poison = text.replacing(#""title":"Nobody"#, with: #""title":5,"was":"Nobody"#)
            #expect(poison != text)
            func send(_ body: String) async throws {
                try await session.publish(
                    OutgoingMessage(
                        exchange: "", routingKey: queue, body: Array(body.utf8), properties: good.properties))
            }
            try await send(poison)
            try system.service(.aiAnalyzer).start()
            try await system.waitUntilReady(.aiAnalyzer)
            try await eventually("the task has failed") { try await system.task(task.id).status == .failed }
            let story = try await system.timeline(task.id)
            #expect(story.map(\.type) == ["task.created.v1", "analysis.failed.v1"])
            #expect(Set(story.map(\.correlationID)) == [task.correlationID])

            try await send(text)
            #expect(try await system.analysed(task.id).analysis != nil)
            await session.close()
        }
    }

    @Test func `without database and broker a service waits, says why, and goes on when they are there`() async throws {
        try await RunningSystem.run(starting: []) { system in
            let process = try system.service(.aiAnalyzer)
            let lost = try ServiceProcess.pointing(process, atDatabase: "postgresql://nobody@127.0.0.1:1/none")
            try lost.start()
            try await eventually("readyz says what is missing") {
                let request = HTTPRequest(
                    method: "GET", url: "http://127.0.0.1:\(lost.adminPort)/readyz?verbose", headers: [], body: [])
                // Not listening yet: ask again.
                guard let answer = try? await system.http.execute(request, deadline: .seconds(3)) else { return false }
                return answer.status == 503
                    && String(decoding: answer.body, as: UTF8.self).contains("[-]database")
            }
            #expect(lost.identifier != nil)
            #expect(await lost.end() == 0)
        }
    }

    @Test(arguments: [";", " ; charset=utf-8", "text/plain"])
    func `a body of no JSON type is refused, and the service goes on`(type: String) async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let response = try await system.http.execute(
                HTTPRequest(
                    method: "POST", url: system.url + "/v1/tasks", headers: [HTTPHeader("Content-Type", type)],
                    body: Array(#"{"title":"a"}"#.utf8)), deadline: .seconds(10))
            #expect(response.status == 415)
            #expect(try await system.create("A good task after a bad one").status == .analysing)
        }
    }

    @Test func `a connection that stops within a request is closed, a stream is not`() async throws {
        let settings = ["TRIAGELOOP_HTTP_IDLE_TIMEOUT": "1s"]
        try await RunningSystem.run(settings: settings, starting: [.taskAPI]) { system in
            let stream = try await system.http.stream(
                HTTPRequest(url: system.url + "/v1/events?user=tester"))
            let head = "POST /v1/tasks HTTP/1.1\r\nHost: test\r\nContent-Length: 99\r\n\r\n"
            #expect(try await isClosed(system.url, after: "", within: 10))
            #expect(try await isClosed(system.url, after: head + "{", within: 10))
            let task = try await system.create("Seen by a stream that was silent for long")
            var heard = ""
            for try await chunk in stream.body {
                heard += String(decoding: chunk, as: UTF8.self)
                if heard.contains(task.id.description) { break }
            }
            #expect(heard.contains(task.id.description))
        }
    }

    @Test func `a rollback to nothing is refused at once, and nobody buries it`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .retrainingTrigger]) { system in
            try await eventually("the shipped model is known") {
                let models = try await system.send("GET", "/v1/models")
                return try ContractJSON.decode(ModelList.self, from: models.body).serving != nil
            }
            let answer = try await system.send(
                "POST", "/v1/rollouts", json: #"{"action":"rollback","reason":"it is slow"}"#)
            #expect(answer.status == 404)
            let problem = try ContractJSON.decode(Problem.self, from: answer.body)
            #expect(problem.code == .modelNotFound)
            #expect(problem.detail.contains("no version before"))
        }
    }

    @Test func `a bad draft gets a problem with code, pointer and correlation id`() async throws {
        let drafts = [
            (#"{"#, 400, "MALFORMED_JSON"), (#"{"title":5}"#, 422, "INVALID_FIELD"),
            (#"{"body":"x"}"#, 422, "INVALID_FIELD"), (#"{"title":" "}"#, 422, "INVALID_FIELD"),
            (#"{"title":"a","labels":["b\u0000"]}"#, 422, "INVALID_FIELD"), ("[]", 422, "INVALID_FIELD"),
        ]
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            for (json, status, code) in drafts {
                let response = try await system.send(
                    "POST", "/v1/tasks", json: json, headers: [HTTPHeader("X-Correlation-ID", "my-story")])
                #expect(response.status == status, "\(json)")
                let problem = try ContractJSON.decode(Problem.self, from: response.body)
                #expect(problem.code.rawValue == code, "\(json)")
                #expect(problem.correlationID == "my-story")
                #expect(!problem.errors.isEmpty)
                #expect(response.header("content-type") == "application/problem+json")
            }
        }
    }
}

/// Whether the server closes a connection on which `text` was sent and nothing more, within so many seconds.
private func isClosed(_ url: String, after text: String, within seconds: Int) async throws -> Bool {
    let address = url.dropFirst("http://".count).replacing(":", with: "/")
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = [
        "-c", "exec 3<>/dev/tcp/\(address); printf %s \"$1\" >&3; exec timeout \(seconds) cat <&3 >/dev/null", "bash",
        text,
    ]
    return try await withCheckedThrowingContinuation { continuation in
        // The end of the shell's input is the end of the connection; 124 is timeout's word for the opposite.
        shell.terminationHandler = { continuation.resume(returning: $0.terminationStatus == 0) }
        do {
            try shell.run()
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
