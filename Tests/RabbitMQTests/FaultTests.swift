import Foundation
import RabbitMQ
import TestSupport
import Testing

@Test func `after an operator closes its connection the publisher connects again`() async throws {
    try await withBroker { configuration, broker in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { publisher in
            var updates = publisher.statusUpdates.makeAsyncIterator()
            try await eventually("the management API shows the connection") {
                try await broker.closeConnections(named: "publisher") == 1
            }
            while let status = await updates.next(), status.isConnected {}
            try await publisher.waitUntilConnected(timeout: .seconds(10))
            try await publisher.publish(message("q", "x"))
        }
    }
}

@Test func `a cut connection fails what is unconfirmed, and publisher and consumer come back`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        let seen = Collector<String>()
        try await withConsumer(
            makeConsumer(proxied, ConsumerQueue(name: "q")),
            handle: { deliveries, batch in
                batch.acknowledgeAll()
                seen.append(deliveries.map(\.text))
            },
            {
                try await withPublisher(proxied) { publisher in
                    await proxy.swallowAnswers()
                    async let unconfirmed = publisher.publish(contentsOf: [message("q", "lost?")])
                    try await eventually("the broker has the message") {
                        try await readyCount("q", configuration) == 0
                            && publisher.isConnected
                    }
                    await proxy.cut()
                    #expect(await unconfirmed.map { $0?.code } == [.connectionLost])
                    await proxy.heal()
                    try await publisher.waitUntilConnected(timeout: .seconds(10))
                    try await publisher.publish(message("q", "after"))
                }
                try await eventually("both messages arrive") { seen.values.contains("after") }
            })
    }
}

@Test func `settling a batch of an earlier connection settles nothing on the next one`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        try await withPublisher(configuration) { try await $0.publish(message("q", "x")) }
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        let seen = Collector<(Delivery, ConsumerBatch)>()
        try await withConsumer(
            makeConsumer(proxied, ConsumerQueue(name: "q")),
            handle: { deliveries, batch in seen.append(deliveries.map { ($0, batch) }) },
            {
                try await seen.wait(for: 1)
                await proxy.cut()
                try await seen.wait(for: 2)
                let (old, new) = (seen.values[0], seen.values[1])
                #expect(new.0.isRedelivered)
                #expect(old.0.tag == new.0.tag)
                old.1.acknowledgeAll()
            })
        #expect(try await readyCount("q", configuration) == 1)
    }
}

@Test func `a broker that does not answer ends the wait for confirms and the connection`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        proxied.confirmTimeout = .seconds(1)
        try await withPublisher(proxied) { publisher in
            await proxy.stall()
            let started = ContinuousClock.now
            let code = await failureCode { () async throws(BrokerError) in
                try await publisher.publish(message("q", "x"))
            }
            #expect(code == .timeout)
            #expect(started.duration(to: .now) < .seconds(4))
            await proxy.heal()
            try await publisher.waitUntilConnected(timeout: .seconds(20))
            try await publisher.publish(message("q", "y"))
        }
    }
}

@Test func `a full socket does not hold the publisher longer than its time-out`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        proxied.confirmTimeout = .seconds(2)
        try await withPublisher(proxied) { publisher in
            await proxy.stall()
            var large = message("q", "x")
            large.body = [UInt8](repeating: 7, count: 8_000_000)
            let started = ContinuousClock.now
            let results = await publisher.publish(contentsOf: [large, large])
            let elapsed = started.duration(to: .now)
            #expect(results.allSatisfy { $0 != nil })
            #expect(elapsed < .seconds(60))
            await proxy.heal()
        }
    }
}

@Test func `a silent peer counts as dead within two heartbeats`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        proxied.heartbeatSeconds = 2
        let consumer = makeConsumer(proxied, ConsumerQueue(name: "q"))
        try await withConsumer(consumer, handle: { _, _ in }) {
            try await withPublisher(proxied) { publisher in
                var published = publisher.statusUpdates.makeAsyncIterator()
                var consumed = consumer.statusUpdates.makeAsyncIterator()
                await proxy.stall()
                let started = ContinuousClock.now
                while let status = await published.next(), status.isConnected {}
                while let status = await consumed.next(), status.isConnected {}
                let elapsed = started.duration(to: .now)
                #expect(elapsed > .seconds(1))
                // Twice the heartbeat is 4 s; a machine that is busy with other tests may take longer to look.
                #expect(elapsed < .seconds(60))
                await proxy.heal()
                try await publisher.waitUntilConnected(timeout: .seconds(20))
                try await consumer.waitUntilConnected(timeout: .seconds(20))
            }
        }
    }
}

@Test func `heartbeats keep an idle connection alive`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var idle = configuration
        idle.endpoints = [proxy.endpoint]
        idle.heartbeatSeconds = 1
        let consumer = makeConsumer(idle, ConsumerQueue(name: "q"))
        try await withConsumer(consumer, handle: { _, _ in }) {
            try await withPublisher(idle) { publisher in
                let session = try await BrokerSession.open(idle, logger: silentLogger)
                // The broker drops a client that is silent for two heartbeats: time itself is what is tested.
                try await Task.sleep(for: .seconds(5))
                #expect(publisher.isConnected)
                #expect(consumer.isConnected)
                #expect(try await session.queueStatus("q").consumers == 1)
                #expect(await proxy.connectionCount == 3)
                await session.close()
            }
        }
    }
}

@Test func `the watchdog finds a consumer that the broker forgot`() async throws {
    try await withBroker { configuration in
        let queue = QueueDeclaration(name: "q")
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        let seen = Collector<String>()
        let consumer = makeConsumer(
            proxied, ConsumerQueue(name: "q", topology: BrokerTopology(queues: [queue])), watchdogInterval: .seconds(1))
        try await withConsumer(
            consumer,
            handle: { deliveries, batch in
                batch.acknowledgeAll()
                seen.append(deliveries.map(\.text))
            },
            {
                // The cancel is lost on the way.
                await proxy.swallowAnswers()
                try await withSession(configuration) { session in
                    try await session.delete(queue: "q")
                    try await session.declare(queue)
                }
                await proxy.passAnswers()
                try await withSession(configuration) { session in
                    try await eventually("the consumer is back") { try await session.queueStatus("q").consumers == 1 }
                    try await session.publish(message("q", "x"))
                }
                try await seen.wait(for: 1)
            })
    }
}

@Test func `an alarm shows as blocked, fails who waits too long, and passes`() async throws {
    try await withBroker { configuration in
        try await declare(QueueDeclaration(name: "q"), configuration)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        var proxied = configuration
        proxied.endpoints = [proxy.endpoint]
        proxied.confirmTimeout = .seconds(1)
        try await withPublisher(proxied) { publisher in
            var updates = publisher.statusUpdates.makeAsyncIterator()
            // connection.blocked "disk", then connection.unblocked, as RabbitMQ sends them.
            await proxy.inject([1, 0, 0, 0, 0, 0, 9, 0, 10, 0, 60, 4] + Array("disk".utf8) + [0xCE])
            while let status = await updates.next(), status != .blocked(reason: "disk") {}
            let waited = await publisher.publish(contentsOf: [message("q", "a"), message("q", "b")])
            #expect(waited.map { $0?.code } == [.blocked, .blocked])
            async let patient = publisher.publish(contentsOf: [message("q", "c")])
            await proxy.inject([1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 61, 0xCE])
            while let status = await updates.next(), status != .connected {}
            #expect(await patient == [nil])
            #expect(await proxy.connectionCount == 1)
        }
        #expect(try await readyCount("q", configuration) == 1)
    }
}

@Test func `TLS towards a port without it is refused as such, within the time-out`() async throws {
    try await withBroker { configuration in
        var secure = configuration
        secure.tls = BrokerTLS()
        secure.connectTimeout = .seconds(2)
        let plain = await failureCode { [secure] () async throws(BrokerError) in
            _ = try await BrokerSession.open(secure, logger: silentLogger)
        }
        #expect(plain == .tls)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        await proxy.stall()
        secure.endpoints = [proxy.endpoint]
        let started = ContinuousClock.now
        let silent = await failureCode { [secure] () async throws(BrokerError) in
            _ = try await BrokerSession.open(secure, logger: silentLogger)
        }
        #expect(silent == .timeout || silent == .tls)
        #expect(started.duration(to: .now) < .seconds(6))
    }
}

@Test func `wrong credentials and an unknown virtual host are authentication errors`() async throws {
    try await withBroker { configuration in
        var wrong = configuration
        wrong.password = "wrong"
        let password = await failureCode { [wrong] () async throws(BrokerError) in
            _ = try await BrokerSession.open(wrong, logger: silentLogger)
        }
        #expect(password == .authentication)
        wrong = configuration
        wrong.virtualHost = "no-such-host"
        let host = await failureCode { [wrong] () async throws(BrokerError) in
            _ = try await BrokerSession.open(wrong, logger: silentLogger)
        }
        #expect(host == .authentication)
    }
}

@Test func `nobody listening is refused, and one who never answers times out`() async throws {
    try await withBroker { configuration in
        var closed = configuration
        closed.endpoints = [BrokerEndpoint(host: "127.0.0.1", port: 1)]
        let refused = await failureCode { [closed] () async throws(BrokerError) in
            _ = try await BrokerSession.open(closed, logger: silentLogger)
        }
        #expect(refused == .connectionRefused)
        let proxy = try await TestBrokerProxy(upstream: configuration.endpoints[0])
        await proxy.stall()
        var frozen = configuration
        frozen.endpoints = [proxy.endpoint]
        frozen.connectTimeout = .seconds(1)
        let started = ContinuousClock.now
        let silent = await failureCode { [frozen] () async throws(BrokerError) in
            _ = try await BrokerSession.open(frozen, logger: silentLogger)
        }
        #expect(silent == .timeout)
        #expect(started.duration(to: .now) < .seconds(4))
        // The next endpoint takes over.
        frozen.endpoints += configuration.endpoints
        let session = try await BrokerSession.open(frozen, logger: silentLogger)
        await session.close()
    }
}
