import Contracts
import Crypto
import FoundationEssentials

/// Finds a job's candidate in its log.
enum RayCandidate {
    /// - Throws: `failed` when there is none, or not as it was written.
    static func read(_ log: String, of job: Identifier, within maximumBytes: Int) throws(JobFault) -> [UInt8] {
        let lines = log.split(separator: "\n", omittingEmptySubsequences: false)
        let mark = RayDriver.begin(job)
        guard let begin = lines.lastIndex(where: { $0.hasPrefix(mark) }),
            let end = lines[begin...].firstIndex(of: Substring(RayDriver.end(job)))
        else { throw JobFault(.failed, "the job's log has no candidate") }
        let head = lines[begin].dropFirst(mark.count).split(separator: " ")
        guard head.count == 2, let count = Int(head[0]), count <= maximumBytes else {
            throw JobFault(.failed, "the candidate in the job's log is larger than \(maximumBytes) bytes, or damaged")
        }
        var candidate: [UInt8] = []
        candidate.reserveCapacity(count)
        for line in lines[(begin + 1)..<end] {
            guard let part = Data(base64Encoded: String(line)) else {
                throw JobFault(.failed, "the candidate in the job's log is damaged")
            }
            candidate += part
        }
        let hash = SHA256.hash(data: candidate).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard candidate.count == count, hash == head[1] else {
            throw JobFault(.failed, "the candidate in the job's log is damaged")
        }
        return candidate
    }
}
