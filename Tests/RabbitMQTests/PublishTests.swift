import RabbitMQ
import TestSupport
import Testing

@Test func `thousands are confirmed, arrive in order and are acknowledged`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let texts = (0..<5_000).map(String.init)
        let seen = Collector<String>()
        let consumer = makeConsumer(configuration, ConsumerQueue(name: "q"))
        try await withPublisher(configuration) { publisher in
            let results = await publisher.publish(contentsOf: texts.map { message("q", $0) })
            #expect(results.allSatisfy { $0 == nil })
        }
        try await withConsumer(
            consumer,
            handle: { deliveries, batch in
                #expect(deliveries.count <= 256)
                seen.append(deliveries.map(\.text))
                batch.acknowledgeAll()
            },
            { try await seen.wait(for: texts.count) })
        #expect(seen.values == texts)
        #expect(try await readyCount("q", configuration) == 0)
    }
}

@Test func `many callers at once each get their own answer`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration, windowLimit: 50) { publisher in
            let codes = await withTaskGroup(of: (Int, BrokerError.Code?).self) { group in
                for number in 0..<400 {
                    group.addTask {
                        let queue = number % 4 == 0 ? "nobody" : "q"
                        let code = await failureCode { () async throws(BrokerError) in
                            try await publisher.publish(message(queue, "\(number)"))
                        }
                        return (number, code)
                    }
                }
                return await group.reduce(into: [Int: BrokerError.Code?]()) { $0[$1.0] = $1.1 }
            }
            for (number, code) in codes { #expect(code == (number % 4 == 0 ? .unroutable : nil)) }
            #expect(codes.count == 400)
        }
        #expect(try await readyCount("q", configuration) == 300)
    }
}

@Test func `in one batch only the unroutable fail, with and without message ids`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { publisher in
            var messages = ["q", "none", "q", "none", "q"].map { message($0, "same") }
            messages[3].properties.messageID = nil
            messages.append(message("none", "without mandatory"))
            messages[5].isMandatory = false
            let results = await publisher.publish(contentsOf: messages)
            #expect(results.map { $0?.code } == [nil, .unroutable, nil, .unroutable, nil, nil])
            #expect(results[1]?.replyCode == 312)
        }
    }
}

@Test func `a full queue answers with a negative confirm`() async throws {
    try await withBroker { configuration in
        let queue = QueueDeclaration(
            name: "small", arguments: ["x-max-length": 2, "x-overflow": "reject-publish"])
        try await declare(queue, configuration)
        try await withPublisher(configuration) { publisher in
            let results = await publisher.publish(contentsOf: (0..<10).map { message("small", "\($0)") })
            #expect(results[0] == nil)
            #expect(results.last??.code == .nacked)
            #expect(publisher.isConnected)
        }
    }
}

@Test func `a publish to a missing exchange fails and the next one works`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { publisher in
            var lost = message("q", "x")
            lost.exchange = "missing"
            let code = await failureCode { () async throws(BrokerError) in try await publisher.publish(lost) }
            #expect(code == .notFound)
            try await publisher.publish(message("q", "y"))
        }
    }
}

@Test func `what does not fit the wire fails alone`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { publisher in
            var longKey = message("q", "a")
            longKey.routingKey = String(repeating: "k", count: 256)
            var longHeaders = message("q", "b")
            longHeaders.properties.headers = ["h": .string(String(repeating: "x", count: 200_000))]
            let results = await publisher.publish(contentsOf: [
                message("q", "c"), longKey, longHeaders, message("q", "d"),
            ])
            #expect(results.map { $0?.code } == [nil, .invalidMessage, .invalidMessage, nil])
        }
    }
}

@Test func `properties, headers and a large body come back as they were sent`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        var sent = message("q", "")
        sent.body = (0..<400_000).map { UInt8(truncatingIfNeeded: $0) }
        sent.properties = MessageProperties(
            contentType: "application/cloudevents+json", messageID: "m-1", correlationID: "c-ü",
            type: "task.created.v1",
            appID: "task-api", timestampSeconds: 1_700_000_000, isPersistent: true, expirationMilliseconds: 60_000,
            headers: [
                "string": "text with ü", "empty": "", "int": -5, "large": .int(.max), "yes": true, "no": false,
                "double": .double(1.5), "time": .timestamp(1_700_000_000), "null": .null, "bytes": .bytes([0, 255, 7]),
                "array": .array([1, "two", .array([]), .null]), "table": .table(["inner": .table(["x": 1])]),
            ])
        try await withPublisher(configuration) { publisher in
            try await publisher.publish(sent)
            try await publisher.publish(OutgoingMessage(exchange: "", routingKey: "q", body: []))
        }
        try await withSession(configuration) { session in
            let delivery = try #require(try await session.get("q"))
            #expect(delivery.properties == sent.properties)
            #expect(delivery.body == sent.body)
            #expect(delivery.routingKey == "q")
            let empty = try #require(try await session.get("q"))
            #expect(empty.body.isEmpty)
            #expect(try await session.get("q") == nil)
        }
    }
}

@Test func `without a connection a publish fails at once, and after the end as closed`() async throws {
    let publisher = Publisher(configuration: BrokerConfiguration(), logger: silentLogger)
    let publish = { () async throws(BrokerError) in try await publisher.publish(message("q", "x")) }
    #expect(await failureCode(publish) == .notConnected)
    let running = Task { try await publisher.run() }
    running.cancel()
    try await running.value
    #expect(publisher.status == .closed)
    #expect(await failureCode(publish) == .closed)
}

@Test func `cancelling run waits for the confirms of what was sent`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let publisher = Publisher(configuration: configuration, logger: silentLogger)
        let running = Task { try await publisher.run() }
        try await publisher.waitUntilConnected()
        async let results = publisher.publish(contentsOf: (0..<2_000).map { message("q", "\($0)") })
        running.cancel()
        try await running.value
        let codes = await results.map { $0?.code }
        let confirmed = codes.filter { $0 == nil }.count
        // Taken before the stop: all confirmed. Come after it: none sent.
        #expect(confirmed == 2_000 || codes.allSatisfy { $0 == .closed })
        #expect(try await readyCount("q", configuration) == confirmed)
    }
}
