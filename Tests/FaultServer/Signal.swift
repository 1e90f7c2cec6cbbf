/// Something that happens once, on any thread, and is awaited with a deadline.
package final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    package struct NeverCame: Error {}

    package init() { (stream, continuation) = AsyncStream.makeStream() }

    /// The first value counts.
    package func fire(_ value: Value) {
        continuation.yield(value)
        continuation.finish()
    }

    /// Waits for it. The deadline only ends a test that fails: a thousand tests begin at once, on two cores.
    package func value(within deadline: Duration = .seconds(120)) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { [stream] in
                for await value in stream { return value }
                throw NeverCame()
            }
            group.addTask {
                try await Task.sleep(for: deadline)
                throw NeverCame()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw NeverCame() }
            return value
        }
    }
}
