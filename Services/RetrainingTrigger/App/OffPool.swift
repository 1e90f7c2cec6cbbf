import Dispatch

/// Runs blocking work (files, decoding of models) on a thread of Dispatch's instead of Swift's cooperative pool. It is
/// not interrupted by cancellation, so it must be short.
func offPool<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try body() }) }
    }
}
