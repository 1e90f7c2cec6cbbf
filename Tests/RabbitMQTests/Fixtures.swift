import Foundation
import Logging
import RabbitMQ
import Synchronization
import TestSupport
import Testing

let silentLogger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// Runs `body` with a connected publisher.
func withPublisher<R>(
    _ configuration: BrokerConfiguration, windowLimit: Int = 1_000, _ body: (Publisher) async throws -> R
) async throws -> R {
    let publisher = Publisher(
        configuration: configuration.named("publisher"), windowLimit: windowLimit,
        backoff: ReconnectBackoff(initial: .milliseconds(20), maximum: .milliseconds(200)), logger: silentLogger)
    let running = Task { try await publisher.run() }
    defer { running.cancel() }
    try await publisher.waitUntilConnected(timeout: .seconds(10))
    let result = try await body(publisher)
    running.cancel()
    try await running.value
    return result
}

/// Runs `body` beside a connected consumer with this handler.
func withConsumer<R>(
    _ consumer: Consumer, handle: @escaping @Sendable ([Delivery], ConsumerBatch) async throws -> Void,
    _ body: () async throws -> R
) async throws -> R {
    let running = Task { try await consumer.run(handle) }
    defer { running.cancel() }
    try await consumer.waitUntilConnected(timeout: .seconds(10))
    let result = try await body()
    running.cancel()
    try await running.value
    return result
}

func makeConsumer(
    _ configuration: BrokerConfiguration, _ queue: ConsumerQueue, prefetch: UInt16 = 512, maximumBatch: Int = 256,
    isNoAck: Bool = false, watchdogInterval: Duration = .seconds(30)
) -> Consumer {
    Consumer(
        configuration: configuration.named("consumer"), queue: queue, prefetch: prefetch, maximumBatch: maximumBatch,
        isNoAck: isNoAck, watchdogInterval: watchdogInterval,
        backoff: ReconnectBackoff(initial: .milliseconds(20), maximum: .milliseconds(200)), logger: silentLogger)
}

/// Declares a queue by a session of its own.
func declare(_ queue: QueueDeclaration, _ configuration: BrokerConfiguration) async throws {
    _ = try await withSession(configuration) { session in try await session.declare(queue) }
}

func withSession<R>(
    _ configuration: BrokerConfiguration, _ body: (BrokerSession) async throws -> R
) async throws -> R {
    let session = try await BrokerSession.open(configuration.named("session"), logger: silentLogger)
    do {
        let result = try await body(session)
        await session.close()
        return result
    } catch {
        await session.close()
        throw error
    }
}

/// The ready messages of a queue: those without a consumer's hand on them.
func readyCount(_ queue: String, _ configuration: BrokerConfiguration) async throws -> Int {
    try await withSession(configuration) { session in try await session.queueStatus(queue).messages }
}

func message(_ queue: String, _ text: String, isPersistent: Bool = true) -> OutgoingMessage {
    OutgoingMessage(
        exchange: "", routingKey: queue, body: Array(text.utf8),
        properties: MessageProperties(messageID: text, isPersistent: isPersistent))
}

extension Delivery {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Collects what a handler sees, and lets a test wait for it.
final class Collector<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiter: (count: Int, continuation: CheckedContinuation<Bool, Never>)?
    }

    private let state = Mutex(State())

    var values: [Value] { state.withLock { $0.values } }

    func append(_ values: [Value]) {
        let waiter = state.withLock { state in
            state.values.append(contentsOf: values)
            guard let waiter = state.waiter, state.values.count >= waiter.count else {
                return nil as CheckedContinuation<Bool, Never>?
            }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume(returning: true)
    }

    /// Waits for so many values; the deadline is a failure of the test.
    func wait(for count: Int, within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let deadline = Task {
            try await Task.sleep(for: limit)
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.continuation.resume(returning: false)
        }
        defer { deadline.cancel() }
        let isReached = await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.values.count >= count { return true }
                state.waiter = (count, continuation)
                return false
            }
            if isThere { continuation.resume(returning: true) }
        }
        try #require(
            isReached, "only \(values.count) of \(count) within \(limit)", sourceLocation: sourceLocation)
    }
}

/// Asks again until the answer is yes; the deadline is a failure of the test.
func eventually(
    within limit: Duration = .seconds(60), _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ isTrue: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isTrue() {
        try #require(ContinuousClock.now < deadline, what, sourceLocation: sourceLocation)
        // There is no signal for what another process does.
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// The code of the error that `body` throws.
func failureCode(_ body: () async throws(BrokerError) -> Void) async -> BrokerError.Code? {
    do throws(BrokerError) {
        try await body()
        return nil
    } catch {
        return error.code
    }
}
