import RabbitMQ
import TestSupport
import Testing

@Test func `what a batch leaves unsettled comes again on the next connection`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { publisher in
            #expect(await publisher.publish(contentsOf: ["a", "b", "c"].map { message("q", $0) }) == [nil, nil, nil])
        }
        let first = Collector<Delivery>()
        try await withConsumer(
            makeConsumer(configuration, ConsumerQueue(name: "q")),
            handle: { deliveries, batch in
                for delivery in deliveries where delivery.text == "b" { batch.acknowledge([delivery.tag]) }
                first.append(deliveries)
            },
            { try await first.wait(for: 3) })
        let second = Collector<Delivery>()
        try await withConsumer(
            makeConsumer(configuration, ConsumerQueue(name: "q")),
            handle: { deliveries, batch in
                batch.acknowledge(throughTag: deliveries[deliveries.count - 1].tag)
                second.append(deliveries)
            },
            { try await second.wait(for: 2) })
        #expect(first.values.map(\.isRedelivered) == [false, false, false])
        #expect(second.values.map(\.text) == ["a", "c"])
        #expect(second.values.map(\.isRedelivered) == [true, true])
        #expect(try await readyCount("q", configuration) == 0)
    }
}

@Test func `a handler that throws gives its batch back and gets it again`() async throws {
    struct Failure: Error {}
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let seen = Collector<Delivery>()
        try await withConsumer(
            makeConsumer(configuration, ConsumerQueue(name: "q")),
            handle: { deliveries, batch in
                seen.append(deliveries)
                guard deliveries[0].isRedelivered else { throw Failure() }
                batch.acknowledgeAll()
            },
            {
                try await withPublisher(configuration) { try await $0.publish(message("q", "x")) }
                try await seen.wait(for: 2)
            })
        #expect(seen.values.map(\.isRedelivered) == [false, true])
    }
}

@Test func `a rejected message goes to the dead-letter exchange`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "dead"), configuration)
        let arguments: [String: HeaderValue] = [
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead",
        ]
        try await declare(QueueDeclaration(name: "q", arguments: arguments), configuration)
        let seen = Collector<Delivery>()
        let dead = Collector<Delivery>()
        try await withPublisher(configuration) { publisher in
            #expect(await publisher.publish(contentsOf: ["a", "b", "c"].map { message("q", $0) }) == [nil, nil, nil])
        }
        try await withConsumer(
            makeConsumer(configuration, ConsumerQueue(name: "dead")),
            handle: { deliveries, batch in
                batch.acknowledgeAll()
                dead.append(deliveries)
            },
            {
                try await withConsumer(
                    makeConsumer(configuration, ConsumerQueue(name: "q")),
                    handle: { deliveries, batch in
                        for delivery in deliveries where delivery.text == "b" {
                            batch.reject(delivery.tag, requeue: false)
                        }
                        // Twice, and beyond what there is: counts once.
                        batch.acknowledgeAll()
                        batch.acknowledge(throughTag: 1_000)
                        seen.append(deliveries)
                    },
                    {
                        try await dead.wait(for: 1)
                        try await seen.wait(for: 3)
                    })
            })
        #expect(dead.values.map(\.text) == ["b"])
        guard case .array(let deaths) = dead.values[0].properties.headers["x-death"],
            case .table(let death) = deaths.first
        else {
            Issue.record("no x-death header: \(dead.values[0].properties.headers)")
            return
        }
        #expect(death["reason"] == "rejected")
        #expect(death["queue"] == "q")
    }
}

@Test func `no more than the prefetch is handed out unsettled`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { publisher in
            _ = await publisher.publish(contentsOf: (0..<50).map { message("q", "\($0)") })
        }
        let seen = Collector<Delivery>()
        let batches = Collector<ConsumerBatch>()
        try await withConsumer(
            makeConsumer(configuration, ConsumerQueue(name: "q"), prefetch: 10),
            handle: { deliveries, batch in
                seen.append(deliveries)
                batches.append([batch])
            },
            {
                try await seen.wait(for: 10)
                // The broker counts for itself: 10 with us, 40 ready.
                #expect(try await readyCount("q", configuration) == 40)
                #expect(seen.values.count == 10)
                for batch in batches.values { batch.acknowledgeAll() }
                try await seen.wait(for: 20)
            })
    }
}

@Test func `stopping lets the handler finish and keeps its acknowledgements`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { try await $0.publish(message("q", "x")) }
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let consumer = makeConsumer(configuration, ConsumerQueue(name: "q"))
        let wasCancelled = Collector<Bool>()
        let running = Task {
            try await consumer.run { _, batch in
                enter.finish()
                for await _ in released {}
                wasCancelled.append([Task.isCancelled])
                batch.acknowledgeAll()
            }
        }
        for await _ in entered {}
        running.cancel()
        release.finish()
        try await running.value
        #expect(wasCancelled.values == [false])
        #expect(consumer.status == .closed)
        #expect(try await readyCount("q", configuration) == 0)
    }
}

@Test func `a queue deleted under its consumer is declared again and consumed`() async throws {
    try await withBroker { configuration in
        let queue = QueueDeclaration(name: "q")
        let seen = Collector<String>()
        try await withConsumer(
            makeConsumer(configuration, ConsumerQueue(name: "q", topology: BrokerTopology(queues: [queue]))),
            handle: { deliveries, batch in
                batch.acknowledgeAll()
                seen.append(deliveries.map(\.text))
            },
            {
                try await withPublisher(configuration) { publisher in
                    try await publisher.publish(message("q", "before"))
                    try await seen.wait(for: 1)
                    try await withSession(configuration) { try await $0.delete(queue: "q") }
                    try await eventually("the queue comes back") {
                        await failureCode { () async throws(BrokerError) in
                            try await publisher.publish(message("q", "after"))
                        } == nil
                    }
                    try await seen.wait(for: 2)
                }
            })
        #expect(seen.values == ["before", "after"])
    }
}

@Test func `each consumer of a server-named exclusive queue gets every event`() async throws {
    try await withBroker { configuration in
        let exchange = ExchangeDeclaration(name: "events", kind: .topic)
        let queue = ConsumerQueue(
            name: "",
            topology: BrokerTopology(
                exchanges: [exchange],
                queues: [QueueDeclaration(name: "", isDurable: false, isExclusive: true, isAutoDelete: true)],
                bindings: [BindingDeclaration(queue: "", exchange: "events", routingKey: "task.#")]))
        let one = Collector<String>()
        let two = Collector<String>()
        try await withConsumer(
            makeConsumer(configuration, queue, isNoAck: true),
            handle: { deliveries, _ in one.append(deliveries.map(\.text)) },
            {
                try await withConsumer(
                    makeConsumer(configuration, queue, isNoAck: true),
                    handle: { deliveries, _ in two.append(deliveries.map(\.text)) },
                    {
                        try await withPublisher(configuration) { publisher in
                            let messages = (0..<3_000).map {
                                OutgoingMessage(
                                    exchange: "events", routingKey: "task.created.v1", body: Array("\($0)".utf8))
                            }
                            let results = await publisher.publish(contentsOf: messages)
                            #expect(results.allSatisfy { $0 == nil })
                        }
                        try await one.wait(for: 3_000)
                        try await two.wait(for: 3_000)
                    })
            })
        #expect(one.values == (0..<3_000).map(String.init))
        #expect(two.values == one.values)
    }
}

@Test func `a session sees refusals and goes on`() async throws {
    try await withBroker { configuration in
        try await withSession(configuration) { session in
            let missing = await failureCode { () async throws(BrokerError) in _ = try await session.queueStatus("none")
            }
            #expect(missing == .notFound)
            #expect(try await session.declare(QueueDeclaration(name: "q")).name == "q")
            let other = QueueDeclaration(name: "q", isDurable: false)
            #expect(
                await failureCode { () async throws(BrokerError) in try await session.declare(other) } == .precondition)
            try await session.publish(message("q", "a"))
            let unroutable = await failureCode { () async throws(BrokerError) in
                try await session.publish(message("none", "a"))
            }
            #expect(unroutable == .unroutable)
            let delivery = try #require(try await session.get("q"))
            try await session.reject(delivery.tag, requeue: true)
            let again = try #require(try await session.get("q"))
            #expect(again.isRedelivered)
            try await session.acknowledge(again.tag)
            try await session.publish(message("q", "b"))
            #expect(try await session.purge(queue: "q") == 1)
            await session.close()
            #expect(await failureCode { () async throws(BrokerError) in _ = try await session.get("q") } == .closed)
        }
    }
}
