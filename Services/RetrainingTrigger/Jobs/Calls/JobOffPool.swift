import Dispatch

/// Runs blocking work (files, hashes of megabytes) on a thread of Dispatch's instead of Swift's cooperative pool.
func offPool<Answer: Sendable>(_ body: @escaping @Sendable () throws(JobFault) -> Answer) async throws(JobFault)
    -> Answer
{
    let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Answer, JobFault>, Never>) in
        DispatchQueue.global(qos: .utility).async {
            continuation.resume(returning: Result { () throws(JobFault) in try body() })
        }
    }
    return try result.get()
}
