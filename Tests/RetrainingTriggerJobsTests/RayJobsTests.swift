import Contracts
import FaultServer
import Foundation
import Logging
import RetrainingTriggerJobs
import Synchronization
import Testing

/// Which job of a Ray a training has, whatever happened to the one before.
@Suite struct RayJobsTests {
    private let id = Identifier()
    private var first: String { "triageloop-\(id)-1" }
    private var second: String { "triageloop-\(id)-2" }

    private func run(
        _ ray: FakeRay, within limit: Duration = .seconds(20), token: String? = nil,
        notice: @escaping @Sendable (JobNotice) -> Void = { _ in }
    ) async throws(JobFault) -> [UInt8] {
        var configuration = RayConfiguration(url: ray.url, command: ["train"])
        configuration.poll = .milliseconds(10)
        configuration.token = token
        configuration.candidateBytes = 1_000
        let job = TrainingJob(
            id: id, version: "m-1", files: [TrainingJob.File(name: "a", path: "/etc/hostname")],
            arguments: [.word("--out"), .output], story: Story(correlationID: "c"))
        return try await RayJobs(configuration, logger: Logger(label: "test")).run(job, within: limit, notice: notice)
    }

    @Test func `a job is submitted once, watched, and its candidate taken from its log`() async throws {
        let first = first
        let ray = try FakeRay(log: FakeRay.log([1, 2, 3], of: id)) { look, state in
            if look > 3 { state.jobs[first] = "SUCCEEDED" }
        }
        #expect(try await run(ray) == [1, 2, 3])
        let state = ray.state.withLock { $0 }
        #expect(state.submissions == 1 && state.jobs.keys.sorted() == [first] && state.packages.count == 1)
        // Found again, it is asked for its candidate only.
        #expect(try await run(ray) == [1, 2, 3])
        #expect(ray.state.withLock { $0.submissions } == 1)
    }

    @Test func `a submission whose answer is lost isn't repeated`() async throws {
        let first = first
        let isLost = Atomic(false)
        let ray = try FakeRay(
            log: FakeRay.log([1], of: id),
            fault: { request, state in
                guard request.method == "POST", !isLost.exchange(true, ordering: .relaxed) else { return nil }
                state.jobs[first] = "RUNNING"
                state.submissions += 1
                return FakeRay.http(502)
            }
        ) { look, state in if look > 4 { state.jobs[first] = "SUCCEEDED" } }
        #expect(try await run(ray) == [1])
        #expect(ray.state.withLock { $0.submissions } == 1)
    }

    @Test func `after a failed job comes the next, and after three none`() async throws {
        let (first, second) = (first, second)
        let ray = try FakeRay { look, state in
            state.jobs[first] = "STOPPED"
            if state.jobs[second] != nil { state.jobs[second] = "FAILED" }
        }
        let fault = await #expect(throws: JobFault.self) { try await run(ray) }
        #expect(fault?.kind == .data && fault?.reason == "it said so")
        let third = try FakeRay { _, state in
            for number in 1...3 { state.jobs["\(first.dropLast())\(number)"] = "STOPPED" }
        }
        let end = await #expect(throws: JobFault.self) { try await run(third) }
        #expect(end?.kind == .failed && end?.reason == "3 jobs failed, the last one: the job was stopped")
        #expect(third.state.withLock { $0.submissions } == 0)
    }

    @Test func `a job that Ray has lost is a fault, not a wait`() async throws {
        let ray = try FakeRay { look, state in if look > 2 { state.jobs = [:] } }
        let fault = await #expect(throws: JobFault.self) { try await run(ray) }
        #expect(fault?.kind == .failed && fault?.reason.hasPrefix("Ray has lost the job") == true)
    }

    @Test func `a Ray that is away is waited for, and both are told`() async throws {
        let first = first
        let notices = Mutex<[JobNotice]>([])
        let asked = Atomic(0)
        let ray = try FakeRay(
            log: FakeRay.log([1], of: id),
            fault: { _, _ in
                asked.add(1, ordering: .relaxed).newValue == 1 ? FakeRay.http(500, "RuntimeError: no agent") : nil
            }
        ) { look, state in if look > 2 { state.jobs[first] = "SUCCEEDED" } }
        _ = try await run(ray) { notice in notices.withLock { $0.append(notice) } }
        let told = notices.withLock { $0 }
        #expect(told.prefix(2) == [.away("status 500: RuntimeError: no agent"), .isThere])
    }

    @Test func `what lasts too long is stopped`() async throws {
        let first = first
        let ray = try FakeRay { _, _ in }
        let fault = await #expect(throws: JobFault.self) { try await run(ray, within: .milliseconds(300)) }
        #expect(fault?.kind == .timeout)
        #expect(ray.state.withLock { $0.stopped } == [first])
    }

    @Test func `a stopped training leaves its job running`() async throws {
        let running = Signal<Bool>()
        let ray = try FakeRay { look, _ in if look == 3 { running.fire(true) } }
        let task = Task { () throws(JobFault) in try await run(ray) }
        _ = try await running.value()
        task.cancel()
        let result = await task.result
        #expect(throws: JobFault.self) { try result.get() }
        #expect(ray.state.withLock { $0.stopped }.isEmpty)
    }

    @Test(arguments: ["", "TRIAGELOOP END", "SHORT", "FLIP", "LARGE"])
    func `a candidate that isn't as it was written is refused`(way: String) async throws {
        let first = first
        var log = FakeRay.log([1, 2, 3], of: id)
        switch way {
        case "SHORT": log.removeLast(12)
        case "FLIP": log = log.replacingOccurrences(of: "AQID", with: "AQIE")
        case "LARGE": log = FakeRay.log([UInt8](repeating: 0, count: 1_001), of: id)
        default: log = way
        }
        let ray = try FakeRay(log: log) { look, state in if look > 1 { state.jobs[first] = "SUCCEEDED" } }
        let fault = await #expect(throws: JobFault.self) { try await run(ray) }
        #expect(fault?.kind == .failed)
    }

    @Test(arguments: [401, 400])
    func `a refusal is told without the token, though the server repeats it`(status: Int) async throws {
        let ray = try FakeRay(fault: { request, _ in
            FakeRay.http(status, "no: \(request.headers["authorization"] ?? "")")
        }) { _, _ in }
        let fault = await #expect(throws: JobFault.self) { try await run(ray, token: "s3cret") }
        #expect(fault?.kind == .refused)
        #expect(fault?.reason == (status == 401 ? "it refuses the token" : "status 400: no: Bearer ***"))
    }
}

@Suite struct ZipArchiveTests {
    @Test func `an archive has its files, their sizes and checksums`() {
        var archive = ZipArchive()
        archive.add("a/b.txt", Array("123456789".utf8))
        archive.add("empty", [])
        let bytes = archive.finished()
        // The check value of CRC-32, little-endian, in the header of the file and in the directory.
        let checksum: [UInt8] = [0x26, 0x39, 0xF4, 0xCB]
        #expect(Array(bytes[14..<18]) == checksum)
        #expect(Array(bytes[18..<26]) == [9, 0, 0, 0, 9, 0, 0, 0])
        #expect(String(decoding: bytes[30..<46], as: UTF8.self) == "a/b.txt123456789")
        #expect(Array(bytes.suffix(22).prefix(12)) == [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 2, 0, 2, 0])
        // Of the directory: what stands before it, and its own size.
        let size = Int(bytes[bytes.count - 10]), start = Int(bytes[bytes.count - 6])
        #expect(start + size + 22 == bytes.count)
        #expect(Array(bytes[start..<start + 4]) == [0x50, 0x4B, 1, 2])
    }
}
