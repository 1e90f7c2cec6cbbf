import Contracts
import Foundation
import Logging
import RabbitMQ
import TestSupport
import Testing

@Suite struct DeadLetterTests {
    private let queue = Topology.analyzerTasks

    @Test func `dead letters are listed, shown and put back without the marks of their burial`() async throws {
        try await withBroker { broker in
            let environment = ["TRIAGELOOP_AMQP_URL": broker.url]
            let declared = try await TriageCtlRun(["topology", "--declare"], environment: environment)
            #expect(declared.status == 0, "\(declared.errors)")
            let session = try await BrokerSession.open(broker, logger: Logger(label: "test"))
            for id in ["one", "two", "three"] { try await session.publish(letter(id)) }

            let list = try await TriageCtlRun(["dead-letters", "list", "--json"], environment: environment)
            let listed = try list.output.split(separator: "\n").map {
                try JSONDecoder().decode([String: String?].self, from: Data($0.utf8))
            }
            #expect(listed.map { $0["message_id"] } == ["one", "two", "three"])
            #expect(listed.allSatisfy { $0["code"] == "INVALID_EVENT" && $0["broken_rules"] == "/title is empty" })

            let show = try await TriageCtlRun(["dead-letters", "show", "two"], environment: environment)
            #expect(show.output.contains("INVALID_EVENT") && show.output.contains("\"text\": \"two\""))

            // Looking left all three in place; the broker takes them back a moment after the looker has gone.
            try await eventually("all three are in place") {
                try await session.queueStatus(queue.deadLetterQueue).messages == 3
            }
            let retry = try await TriageCtlRun(["dead-letters", "retry", "two", "four"], environment: environment)
            #expect(retry.status == 1)
            #expect(retry.errors.contains("four"))
            let delivery = try #require(try await session.get(queue.name))
            #expect(delivery.properties.messageID == "two")
            #expect(delivery.body == Array(#"{"text":"two"}"#.utf8))
            #expect(delivery.properties.headers["traceparent"] == "00-trace")
            #expect(delivery.properties.headers.keys.allSatisfy { !$0.hasPrefix("x-error") && $0 != "x-attempt" })
            try await session.acknowledge(delivery.tag)

            try await eventually("the other two are in place") {
                try await session.queueStatus(queue.deadLetterQueue).messages == 2
            }
            let rest = try await TriageCtlRun(
                ["dead-letters", "retry", "--all", "--queue", queue.name], environment: environment)
            #expect(rest.status == 0)
            #expect(rest.output.contains("2 put back"))
            #expect(try await session.queueStatus(queue.deadLetterQueue).messages == 0)
            await session.close()
        }
    }

    @Test func `dead letters are discarded by their ids, or by the task that they name`() async throws {
        try await withBroker { broker in
            let environment = ["TRIAGELOOP_AMQP_URL": broker.url]
            _ = try await TriageCtlRun(["topology", "--declare"], environment: environment)
            let session = try await BrokerSession.open(broker, logger: Logger(label: "test"))
            let task = Identifier()
            for id in ["one", "\(task)", "three"] { try await session.publish(letter(id)) }
            let byTask = try await TriageCtlRun(
                ["dead-letters", "discard", "--task", "\(task)".uppercased()], environment: environment)
            #expect(byTask.status == 0 && byTask.output.contains("1 discarded"), "\(byTask.errors)")
            try await eventually("the other two are in place") {
                try await session.queueStatus(queue.deadLetterQueue).messages == 2
            }
            let byID = try await TriageCtlRun(["dead-letters", "discard", "one", "two"], environment: environment)
            #expect(byID.status == 1 && byID.errors.contains("two"))
            var letter: Delivery?
            try await eventually("the third is in place") {
                letter = try await session.get(queue.deadLetterQueue)
                return letter != nil
            }
            #expect(letter?.properties.messageID == "three")
            #expect(try await session.get(queue.deadLetterQueue) == nil)
            await session.close()
        }
    }

    @Test(arguments: [Int64.max, .min, 0]) func `a letter of any age is listed and shown`(seconds: Int64) async throws {
        try await withBroker { broker in
            let environment = ["TRIAGELOOP_AMQP_URL": broker.url]
            _ = try await TriageCtlRun(["topology", "--declare"], environment: environment)
            let session = try await BrokerSession.open(broker, logger: Logger(label: "test"))
            var odd = letter("odd")
            odd.properties.timestampSeconds = seconds
            odd.properties.headers["x-when"] = .timestamp(seconds)
            try await session.publish(odd)
            for arguments in [["list"], ["show", "odd"]] {
                try await eventually("the letter is in place") {
                    try await session.queueStatus(queue.deadLetterQueue).messages == 1
                }
                let run = try await TriageCtlRun(["dead-letters"] + arguments, environment: environment)
                #expect(run.status == 0, "\(run.errors)")
                #expect(run.output.contains("odd"))
            }
            await session.close()
        }
    }

    @Test func `doctor names queues without a consumer, and dead letters`() async throws {
        try await withBroker { broker in
            let environment = ["TRIAGELOOP_AMQP_URL": broker.url]
            let before = try await TriageCtlRun(["doctor"], environment: environment)
            #expect(before.output.contains("not declared"))
            _ = try await TriageCtlRun(["topology", "--declare"], environment: environment)
            let session = try await BrokerSession.open(broker, logger: Logger(label: "test"))
            try await session.publish(letter("one"))
            await session.close()
            let run = try await TriageCtlRun(["doctor"], environment: environment)
            #expect(run.status == 1)
            #expect(run.output.contains("start \(queue.service.rawValue)"))
            #expect(run.output.contains("1 dead letters"))
        }
    }

    private func letter(_ id: String) -> OutgoingMessage {
        OutgoingMessage(
            exchange: Topology.deadLetters.name, routingKey: queue.name, body: Array(#"{"text":"\#(id)"}"#.utf8),
            properties: MessageProperties(
                messageID: id, type: "task.created.v1",
                headers: [
                    "x-error-code": "INVALID_EVENT", "x-error-reason": "a rule is broken",
                    "x-broken-rules": "/title is empty", "x-attempt": 3, "traceparent": "00-trace",
                ]))
    }
}
