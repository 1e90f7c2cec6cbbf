import Dispatch
import Synchronization

/// Independent work on all cores, on threads of its own: never on those of Swift's cooperative pool.
enum Parallel {
    /// The answers in the order of the range, whichever came first; the first failure in that order is thrown.
    static func map<Answer: Sendable, Failure: Error>(
        _ range: Range<Int>, _ work: @Sendable (Int) throws(Failure) -> Answer
    ) throws(Failure) -> [Answer] {
        let answers = Mutex<[Int: Result<Answer, Failure>]>([:])
        withoutActuallyEscaping(work) { work in
            DispatchQueue.concurrentPerform(iterations: range.count) { offset in
                let index = range.lowerBound + offset
                let answer: Result<Answer, Failure>
                do throws(Failure) {
                    answer = .success(try work(index))
                } catch {
                    answer = .failure(error)
                }
                answers.withLock { $0[index] = answer }
            }
        }
        let all = answers.withLock { $0 }
        var ordered: [Answer] = []
        for index in range {
            guard let answer = all[index] else { continue }
            ordered.append(try answer.get())
        }
        return ordered
    }
}
