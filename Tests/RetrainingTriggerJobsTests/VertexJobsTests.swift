import Contracts
import FaultServer
import Foundation
import Logging
import RetrainingTriggerJobs
import Synchronization
import Testing

/// Each call and each answer against Google's own descriptions of Vertex AI and Cloud Storage.
@Suite(
    .enabled(
        if: DiscoveryDocument.folder != nil,
        "SKIPPED: TRIAGELOOP_TEST_VERTEX_DISCOVERY names no document (deploy/local/discovery)"))
struct VertexJobsTests {
    private let id = Identifier()

    private func run(
        _ vertex: FakeVertex, within limit: Duration = .seconds(20)
    ) async throws(JobFault) -> [UInt8] {
        guard let folder = CloudFolder("gs://bucket/some/folder") else { throw JobFault(.refused, "no folder") }
        var configuration = VertexConfiguration(
            parent: "projects/p/locations/europe-west4", image: "registry/image:1", folder: folder)
        configuration.command = ["train", "--fast"]
        configuration.serviceAccount = "trainer@p.iam.gserviceaccount.com"
        configuration.tokenURL = vertex.url + "/token"
        (configuration.url, configuration.storageURL) = (vertex.url, vertex.url)
        configuration.poll = .milliseconds(10)
        let job = TrainingJob(
            id: id, version: "m-1", files: [TrainingJob.File(name: "5eed/examples.jsonl", path: "/etc/hostname")],
            arguments: [.word("--snapshot"), .file("5eed"), .word("--out"), .output],
            story: Story(correlationID: "c"))
        return try await VertexJobs(configuration, logger: Logger(label: "test")).run(job, within: limit) { _ in }
    }

    /// The job succeeds and has written this.
    private func succeed(_ state: inout FakeVertex.State, _ candidate: [UInt8]?) {
        guard let last = state.jobs.indices.last else { return }
        state.jobs[last].state = "JOB_STATE_SUCCEEDED"
        state.objects["some/folder/\(id)/job-\(last + 1)/candidate.triagemodel"] = candidate
    }

    @Test func `a job's files go to its folder, it is made once, and its candidate comes back`() async throws {
        let vertex = try FakeVertex { look, state in
            if look == 2 { state.jobs[0].state = "JOB_STATE_RUNNING" }
            if look == 3 { succeed(&state, [1, 2, 3]) }
        }
        #expect(try await run(vertex) == [1, 2, 3])
        #expect(try await run(vertex) == [1, 2, 3])
        let state = vertex.state.withLock { $0 }
        #expect(state.faults == [])
        #expect(state.jobs.count == 1)
        #expect(
            Set(state.methods) == [
                "aiplatform.projects.locations.customJobs.list", "aiplatform.projects.locations.customJobs.create",
                "aiplatform.projects.locations.customJobs.get", "storage.objects.insert upload", "storage.objects.get",
            ])
        #expect(state.objects.keys.contains("some/folder/\(id)/5eed/examples.jsonl"))
        let pool = state.jobs[0].body["jobSpec"]?["workerPoolSpecs"]
        guard case .array(let pools)? = pool, case .array(let words)? = pools[0]["containerSpec"]?["args"] else {
            Issue.record("no arguments")
            return
        }
        let mounted = "/gcs/bucket/some/folder/\(id)"
        #expect(
            words.compactMap(\.stringValue) == [
                "--fast", "--snapshot", "\(mounted)/5eed", "--out", "\(mounted)/job-1/candidate.triagemodel",
            ])
    }

    @Test func `a creation whose answer is lost isn't repeated`() async throws {
        let isLost = Atomic(false)
        let vertex = try FakeVertex(losesAnswer: { request in
            request.method == "POST" && request.target.hasSuffix("customJobs")
                && !isLost.exchange(true, ordering: .relaxed)
        }) { _, state in succeed(&state, [1]) }
        #expect(try await run(vertex) == [1])
        let state = vertex.state.withLock { $0 }
        #expect(state.jobs.count == 1 && state.faults == [])
    }

    @Test(arguments: [
        ("The replica workerpool0-0 exited with a non-zero status of 65.", JobFault.Kind.data),
        ("The replica workerpool0-0 exited with a non-zero status of 1.", .failed),
    ])
    func `a job that failed is a reason, and the next attempt makes another`(said: String, kind: JobFault.Kind)
        async throws
    {
        let vertex = try FakeVertex { _, state in
            if state.jobs.count == 2 { return succeed(&state, [2]) }
            state.jobs[0].state = "JOB_STATE_FAILED"
            state.error = said
        }
        let fault = await #expect(throws: JobFault.self) { try await run(vertex) }
        #expect(fault?.kind == kind && fault?.reason == said)
        #expect(try await run(vertex) == [2])
        #expect(vertex.state.withLock { $0.jobs.map(\.displayName) } == ["triageloop-\(id)-1", "triageloop-\(id)-2"])
        #expect(vertex.state.withLock { $0.faults } == [])
    }

    @Test func `a job that takes too long is cancelled`() async throws {
        let vertex = try FakeVertex { _, _ in }
        let fault = await #expect(throws: JobFault.self) { try await run(vertex, within: .milliseconds(500)) }
        #expect(fault?.kind == .timeout)
        let state = vertex.state.withLock { $0 }
        #expect(state.jobs.map(\.state) == ["JOB_STATE_CANCELLED"] && state.faults == [])
    }

    @Test func `a job that wrote nothing is a fault that says where`() async throws {
        let vertex = try FakeVertex { _, state in succeed(&state, nil) }
        let fault = await #expect(throws: JobFault.self) { try await run(vertex) }
        #expect(fault?.reason == "the job wrote no gs://bucket/some/folder/\(id)/job-1/candidate.triagemodel")
    }

    @Test func `a token that is taken back is asked for again`() async throws {
        let vertex = try FakeVertex { look, state in
            // The next call's token is an old one.
            if look == 1 { state.tokens += 1 }
            if look == 2 { succeed(&state, [1]) }
        }
        #expect(try await run(vertex) == [1])
        #expect(vertex.state.withLock { $0.tokens } == 3)
    }

    /// The fake itself: what isn't in the documents is seen.
    @Test func `a call that Google's documents don't have is a fault`() throws {
        let document = try DiscoveryDocument("aiplatform.v1")
        #expect(document.method("POST", "/v1/projects/p/locations/l/customJobs:train") == nil)
        #expect(document.method("PUT", "/v1/projects/p/locations/l/customJobs") == nil)
        let found = try #require(document.method("GET", "/v1/projects/p/locations/l/customJobs?filters=x"))
        #expect(found.faults == ["aiplatform.projects.locations.customJobs.list has no parameter filters"])
        let create = try #require(document.method("POST", "/v1/projects/p/locations/l/customJobs")).method
        #expect(
            document.faults(["display_name": "x"], create, "request") == ["request has no display_name"])
        #expect(
            document.faults(["state": "JOB_STATE_FAILED"], create, "request") == [
                "request.state is the server's to set"
            ])
        #expect(
            document.faults(["displayName": 3], create, "request") == ["request.displayName isn't of the type string"])
        #expect(
            document.faults(["state": "JOB_STATE_LOST"], create, "response")
                == ["response.state can't be JOB_STATE_LOST"])
    }
}
