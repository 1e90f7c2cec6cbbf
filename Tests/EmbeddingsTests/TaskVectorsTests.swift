import Embeddings
import FaultServer
import Foundation
import Logging
import Resilience
import Settings
import Synchronization
import Testing
import TriageModel

/// A clock that stands still until it is told.
private final class Clock: Sendable {
    private let time = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 += duration } }
}

/// Answers each request with status 500 while `isDown`.
private final class Moody: Sendable {
    let isDown = Mutex(false)
    let requests = Mutex(0)

    func serve() throws -> LocalServer {
        try LocalServer { request, connection in
            self.requests.withLock { $0 += 1 }
            struct Asked: Decodable { let input: [String] }
            // Whatever isn't a request gets no answer of ours.
            let texts = (try? JSONDecoder().decode(Asked.self, from: Data(request.body)))?.input ?? []
            guard !self.isDown.withLock({ $0 }), !texts.contains(where: { $0.hasPrefix("bad") }) else {
                return connection.answer(status: 500)
            }
            let items = texts.indices.map { #"{"index":\#($0),"embedding":[1,2]}"# }.joined(separator: ",")
            connection.answer(body: #"{"data":[\#(items)]}"#)
        }
    }
}

@Suite struct TaskVectorsTests {
    private let task = TaskText(project: "p", title: "good", body: "")
    private let bad = TaskText(project: "p", title: "bad", body: "")

    private func source(_ server: LocalServer, _ clock: Clock = Clock(), batch: Int = 16) throws -> TaskVectors {
        var configuration = EmbeddingsConfiguration(url: server.url(""), model: "m")
        configuration.retry.attempts = 1
        configuration.batchSize = batch
        let client = try EmbeddingsClient(configuration, logger: Logger(label: "test"))
        return TaskVectors(client, logger: Logger(label: "test")) { clock.now }
    }

    @Test func `tasks of a batch that fails have none, the others have theirs`() async throws {
        let moody = Moody()
        let server = try moody.serve()
        let found = try await source(server, batch: 2).vectors(of: [task, task, task, bad, task])
        #expect(found.map { $0 != nil } == [true, true, false, false, true])
        #expect(found[0] == TextEmbedding([1, 2], model: "m"))
        #expect(try await source(server).vectors(of: []) == [])
    }

    @Test func `a server that is down is left alone, and asked again later`() async throws {
        let moody = Moody()
        let server = try moody.serve()
        let clock = Clock()
        let source = try source(server, clock)
        moody.isDown.withLock { $0 = true }
        for _ in 0..<3 { #expect(await source.vectors(of: [task, task]) == [nil, nil]) }
        #expect(!source.isAvailable)
        let asked = moody.requests.withLock { $0 }
        #expect(asked == 3)
        #expect(await source.vectors(of: [task]) == [nil])
        #expect(moody.requests.withLock { $0 } == asked)
        moody.isDown.withLock { $0 = false }
        clock.advance(.seconds(30))
        #expect(await source.vectors(of: [task]).allSatisfy { $0 != nil })
        #expect(source.isAvailable)
    }

    @Test func `a silent server costs one deadline, however many batches there are`() async throws {
        let requests = Mutex(0)
        let server = try LocalServer { _, connection in
            requests.withLock { $0 += 1 }
            _ = connection.waitForEnd()
        }
        var configuration = EmbeddingsConfiguration(url: server.url(""), model: "m")
        configuration.deadline = .milliseconds(80)
        configuration.batchSize = 1
        let client = try EmbeddingsClient(configuration, logger: Logger(label: "test"))
        let found = await TaskVectors(client, logger: Logger(label: "test")).vectors(
            of: [TaskText](repeating: task, count: 40))
        #expect(found == [TextEmbedding?](repeating: nil, count: 40))
        // The two that were under way when the time was over, and none after them.
        #expect(requests.withLock { $0 } <= 2)
    }

    @Test func `the settings name the server, and need a model with it`() {
        func read(_ values: [String: String]) -> (EmbeddingsConfiguration?, [String]) {
            var reader = SettingsReader(
                environment: Dictionary(uniqueKeysWithValues: values.map { ("TRIAGELOOP_EMBEDDINGS_" + $0, $1) }))
            let configuration = EmbeddingsConfiguration.read(&reader)
            return (configuration, reader.faults.map(\.name))
        }
        #expect(read([:]).0 == nil && read([:]).1 == [])
        #expect(read(["URL": "http://a"]).1 == ["TRIAGELOOP_EMBEDDINGS_MODEL"])
        #expect(read(["URL": "ftp://a", "MODEL": "m"]).1 == ["TRIAGELOOP_EMBEDDINGS_URL"])
        let whole = read(["URL": "http://a", "MODEL": "m", "KEY": "k", "TIMEOUT": "2s", "BATCH": "9"])
        #expect(whole.1 == [])
        #expect(whole.0?.apiKey == "k" && whole.0?.deadline == .seconds(2) && whole.0?.batchSize == 9)
    }
}
