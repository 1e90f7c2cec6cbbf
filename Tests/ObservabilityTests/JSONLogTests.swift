import Contracts
import Foundation
import Logging
import Observability
import Testing

private struct Oops: Error, CustomStringConvertible {
    let description = "the \"disk\" is full"
}

@Suite struct JSONLogTests {
    @Test func `a line begins with its time and names level, message, service and version`() throws {
        let log = try LogPipe()
        log.logger.info("task accepted")
        let line = try #require(log.line())
        let shape =
            /^\{"timestamp":"(.{27})","level":"info","message":"task accepted","service":"task-api","version":".+"\}$/
        let match = try #require(line.wholeMatch(of: shape))
        #expect(EventTime(match.1) != nil)
    }

    @Test(arguments: [
        "", "plain", "\"quoted\" and \\ back", "line\nbreak\r\ttab", "\u{0}\u{1}\u{1F}\u{7F}",
        "é 漢字 👩‍👩‍👧 \u{2028}\u{2029}",
        "\u{FFFD}\u{FEFF}", "</script>", String(repeating: "\"", count: 3_000), "{\"a\":1}\n{\"level\":\"fake\"}",
    ])
    func `a hostile text stays one line and comes back unchanged`(text: String) throws {
        let log = try LogPipe()
        log.logger.info("\(text)", metadata: ["title": "\(text)", "list": ["\(text)", ["in\"ner": "\(text)"]]])
        let record = try log.record()
        #expect(record["message"] as? String == text)
        #expect(record["title"] as? String == text)
        let list = try #require(record["list"] as? [Any])
        #expect(list[0] as? String == text)
        #expect((list[1] as? [String: Any])?["in\"ner"] as? String == text)
        #expect(log.line(limitMilliseconds: 50) == nil)
    }

    @Test func `bridged and long texts are written too, long ones cut between characters`() throws {
        let log = try LogPipe()
        log.logger.info("long", metadata: ["text": "\(String(repeating: "é", count: 20_001))"])
        let text = try #require(try log.record()["text"] as? String)
        #expect(text == String(repeating: "é", count: 8_192) + "…")
    }

    @Test func `keys become snake case and can't overwrite what every line has`() throws {
        let log = try LogPipe()
        log.logger.info(
            "keys", metadata: ["taskID": "1", "hb.request.id": "2", "level": "3", "Service": "4", "httpURL": "5"])
        let record = try log.record()
        #expect(record["task_id"] as? String == "1")
        #expect(record["hb_request_id"] as? String == "2")
        #expect(record["level"] as? String == "info")
        #expect(record["field_level"] as? String == "3")
        #expect(record["service"] as? String == "task-api")
        #expect(record["field_service"] as? String == "4")
        #expect(record["http_url"] as? String == "5")
    }

    @Test func `a story's keys are at the top level in a fixed order`() throws {
        let log = try LogPipe()
        let cause = Identifier()
        let task = Identifier()
        let event = Identifier()
        let story = Story(correlationID: "c-1", causationID: cause.description)
        log.logger.event(
            .info, "task accepted", story: story, taskID: task, eventID: event, eventType: .taskCreated,
            more: ["project": "default"])
        let line = try #require(log.line())
        let expected =
            #""correlation_id":"c-1","causation_id":"\#(cause)","trace_id":"\#(story.trace.traceID)","#
            + #""span_id":"\#(story.trace.spanID)","task_id":"\#(task)","event_id":"\#(event)","#
            + #""event_type":"task.created.v1","project":"default"}"#
        #expect(line.hasSuffix(expected))
    }

    @Test func `an error is in the line, and the call's metadata wins over the logger's`() throws {
        let log = try LogPipe()
        var logger = log.logger
        logger[metadataKey: "model_version"] = "1"
        logger[metadataKey: "kept"] = "yes"
        logger.error("failed", error: Oops(), metadata: ["model_version": "2", "error_code": "INTERNAL_ERROR"])
        let record = try log.record()
        #expect(record["error"] as? String == "the \"disk\" is full")
        #expect(record["error_code"] as? String == "INTERNAL_ERROR")
        #expect(record["model_version"] as? String == "2")
        #expect(record["kept"] as? String == "yes")
    }

    @Test func `a level that is off makes nothing`() throws {
        let log = try LogPipe(level: .warning)
        func never() -> Logger.Metadata {
            Issue.record("metadata was made for a line that is off")
            return [:]
        }
        log.logger.event(.info, "quiet", story: Story(correlationID: "c"), more: never())
        #expect(log.line(limitMilliseconds: 60) == nil)
    }
}

@Suite struct LogSinkTests {
    @Test func `an info line arrives without a flush`() throws {
        let log = try LogPipe()
        log.logger.info("on its way")
        #expect(log.line() != nil)
    }

    @Test func `lines of many writers stay whole and in the order of their times`() async throws {
        let log = try LogPipe()
        let logger = log.logger
        let writers = Task {
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for line in 0..<500 { logger.info("load", metadata: ["line": "\(writer)/\(line)"]) }
                    }
                }
            }
        }
        // Waiting for a line blocks a thread, which must not be one that the writers need.
        let lines = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var lines: [String] = []
                while lines.count < 4_000, let line = log.line(limitMilliseconds: 30_000) { lines.append(line) }
                continuation.resume(returning: lines)
            }
        }
        await writers.value
        var seen: Set<String> = []
        for line in lines {
            let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            seen.insert(try #require(record?["line"] as? String))
        }
        #expect(seen.count == 4_000)
        let times = lines.map { String($0.prefix(42)) }
        #expect(times == times.sorted())
    }

    @Test func `a reader that is stuck costs lines, not memory or time, and is told how many`() throws {
        let capacity = 100_000
        let log = try LogPipe(capacityBytes: capacity)
        let padding = String(repeating: "x", count: 1_000)
        let total = 2_000
        for line in 0..<total { log.logger.info("load", metadata: ["line": "\(line)", "padding": "\(padding)"]) }
        // Nobody reads: the pipe holds 64 KiB, one batch is at the descriptor, one gathers.
        #expect(log.sink.droppedCount > 0)
        var received = 0
        var reported = 0
        while received + reported < total {
            let record = try log.record()
            if record.isEmpty { break }
            if let dropped = record["dropped_lines"] as? String {
                reported += Int(dropped) ?? 0
                #expect(record["level"] as? String == "warning")
            } else {
                received += 1
            }
        }
        #expect(received + reported == total)
        #expect(received * 1_000 < 3 * capacity + 200_000)
    }

    @Test func `flush returns when everything is written`() throws {
        let log = try LogPipe()
        for _ in 0..<10 { log.logger.info("line") }
        log.sink.flush()
        for _ in 0..<10 { #expect(log.line(limitMilliseconds: 0) != nil) }
    }

    @Test func `flush gives up on a reader that is stuck`() throws {
        let log = try LogPipe()
        let padding = String(repeating: "x", count: 10_000)
        for _ in 0..<50 { log.logger.info("load", metadata: ["padding": "\(padding)"]) }
        let start = ContinuousClock.now
        log.sink.flush(limitMilliseconds: 50)
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
