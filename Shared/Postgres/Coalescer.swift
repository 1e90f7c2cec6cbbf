import Synchronization

/// Group commit in the client: items submitted one by one reach `flush` in batches.
///
/// While a flush is under way the next batch gathers; an idle coalescer flushes at once, so there is no timer and no
/// added wait. `flush` must take or refuse its whole batch (one statement or transaction). If it refuses several items
/// with an error that isn't about connectivity, the batch is halved until every bad item fails alone.
package final class Coalescer<Item: Sendable, Output: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var waiters: [Waiter] = []
        /// Items of batches that are being flushed.
        var inFlight = 0
        var lanes = 0
    }

    private enum Step { case refused, queued, startsLane }

    private enum Waiter: Sendable {
        case single(UnsafeContinuation<Output, any Error>)
        case member(Group, Int)

        func resume(_ result: Result<Output, any Error>) {
            switch self {
            case .single(let continuation): continuation.resume(with: result)
            case .member(let group, let index): group.set(index, result)
            }
        }
    }

    /// The results of one `submit(contentsOf:)`.
    private final class Group: Sendable {
        private let state: Mutex<(results: [Result<Output, any Error>?], missing: Int)>
        private let continuation: UnsafeContinuation<[Result<Output, any Error>], Never>

        init(count: Int, continuation: UnsafeContinuation<[Result<Output, any Error>], Never>) {
            state = Mutex((Array(repeating: nil, count: count), count))
            self.continuation = continuation
        }

        func set(_ index: Int, _ result: Result<Output, any Error>) {
            let all: [Result<Output, any Error>]? = state.withLock { state in
                state.results[index] = result
                state.missing -= 1
                return state.missing == 0 ? state.results.compactMap(\.self) : nil
            }
            if let all { continuation.resume(returning: all) }
        }
    }

    private let state = Mutex(State())
    private let maximumBatch: Int
    private let maximumLanes: Int
    private let pendingLimit: Int
    private let flush: @Sendable ([Item]) async throws -> [Output]

    /// - Parameters:
    ///   - maximumBatch: the most items of one flush.
    ///   - lanes: how many flushes may be under way at once.
    ///   - pendingLimit: how many items may wait or be under way; `submit` throws `.overloaded` beyond it.
    ///   - flush: answers one output for each item, in order.
    package init(
        maximumBatch: Int = 1000, lanes: Int = 1, pendingLimit: Int = 10_000,
        flush: @escaping @Sendable ([Item]) async throws -> [Output]
    ) {
        self.maximumBatch = max(1, maximumBatch)
        self.maximumLanes = max(1, lanes)
        self.pendingLimit = pendingLimit
        self.flush = flush
    }

    /// How many items wait or are under way.
    package var pending: Int { state.withLock { $0.items.count + $0.inFlight } }

    /// Flushes the item with others and answers its output, or the error that hit it. Once submitted an item can't be
    /// withdrawn: cancelling the task doesn't end the wait.
    package func submit(_ item: Item) async throws -> Output {
        try Task.checkCancellation()
        // Unsafe: resumed exactly once, by the lane that takes the item; the checked one costs an object an item.
        return try await withUnsafeThrowingContinuation { continuation in
            let isAccepted = add(CollectionOfOne(item)) { _ in .single(continuation) }
            if !isAccepted { continuation.resume(throwing: overload) }
        }
    }

    /// Like `submit` for several items in order; throws the first error of any of them.
    package func submit(contentsOf items: [Item]) async throws -> [Output] {
        try await submitEach(contentsOf: items).map { try $0.get() }
    }

    /// Like `submit` for several items, each with its own result. All are refused if they would exceed the limit.
    package func submitEach(contentsOf items: [Item]) async throws -> [Result<Output, any Error>] {
        try Task.checkCancellation()
        guard !items.isEmpty else { return [] }
        return await withUnsafeContinuation { continuation in
            let group = Group(count: items.count, continuation: continuation)
            let isAccepted = add(items) { .member(group, $0) }
            if !isAccepted { for index in items.indices { group.set(index, .failure(overload)) } }
        }
    }

    private var overload: DatabaseError {
        DatabaseError(code: .overloaded, reason: "\(pendingLimit) items are waiting already")
    }

    private func add(_ items: some Collection<Item>, waiter: (Int) -> Waiter) -> Bool {
        let step: Step = state.withLock { state in
            guard state.items.count + state.inFlight + items.count <= pendingLimit else { return .refused }
            state.items.append(contentsOf: items)
            for index in 0..<items.count { state.waiters.append(waiter(index)) }
            guard state.lanes < maximumLanes else { return .queued }
            state.lanes += 1
            return .startsLane
        }
        // Unstructured: the lane serves many callers, so none of them may cancel it. It ends when nothing is left.
        if step == .startsLane { Task.detached { await self.runLane() } }
        return step != .refused
    }

    private func runLane() async {
        while let (items, waiters) = takeBatch() {
            await run(items[...], waiters[...])
            state.withLock { $0.inFlight -= items.count }
        }
    }

    private func takeBatch() -> ([Item], [Waiter])? {
        state.withLock { state in
            let count = min(state.items.count, maximumBatch)
            guard count > 0 else {
                state.lanes -= 1
                return nil
            }
            state.inFlight += count
            if count == state.items.count {
                defer {
                    state.items = []
                    state.waiters = []
                }
                return (state.items, state.waiters)
            }
            defer {
                state.items.removeFirst(count)
                state.waiters.removeFirst(count)
            }
            return (Array(state.items[..<count]), Array(state.waiters[..<count]))
        }
    }

    /// Flushes a batch, halving it while it is refused for what is in it.
    /// - Returns: the failure, if it is one that would hit any other items too.
    @discardableResult
    private func run(_ items: ArraySlice<Item>, _ waiters: ArraySlice<Waiter>) async -> (any Error)? {
        let failure: any Error
        do {
            let outputs = try await flush(Array(items))
            guard outputs.count == items.count else {
                let reason = "the flush answered \(outputs.count) outputs for \(items.count) items"
                fail(waiters, with: DatabaseError(code: .invalidArgument, reason: reason))
                return nil
            }
            for (waiter, output) in zip(waiters, outputs) { waiter.resume(.success(output)) }
            return nil
        } catch {
            failure = error
        }
        let hitsAll = isConnectivity(failure)
        guard items.count > 1, !hitsAll else {
            fail(waiters, with: failure)
            return hitsAll ? failure : nil
        }
        let middle = items.startIndex + items.count / 2
        let failureOfAll = await run(items[..<middle], waiters[..<middle])
        if let failureOfAll {
            fail(waiters[middle...], with: failureOfAll)
            return failureOfAll
        }
        return await run(items[middle...], waiters[middle...])
    }

    private func fail(_ waiters: ArraySlice<Waiter>, with error: any Error) {
        for waiter in waiters { waiter.resume(.failure(error)) }
    }

    private func isConnectivity(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.isConnectivity ?? (error is CancellationError)
    }
}
