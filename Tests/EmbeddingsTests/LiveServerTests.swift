import Embeddings
import Foundation
import Logging
import Testing

/// `Tests/Benchmarks/embeddings-server` with made-up vectors: somebody else's HTTP server and JSON.
private final class LiveServer {
    let url: String
    let model: String
    private let process = Process()
    private let input = Pipe()

    struct NotStarted: Error {}

    init(key: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let output = Pipe()
        process.executableURL = root.appendingPathComponent("Tests/Benchmarks/embeddings-server")
        process.arguments = ["--made-up", "--until-eof", "--key", key]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            if byte.isEmpty { throw NotStarted() }
            line += byte
        }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 2 else { throw NotStarted() }
        (url, model) = (words[0], words[1])
    }

    /// It ends with its input.
    deinit { try? input.fileHandleForWriting.close() }  // The process may be gone already.

    func client(key: String, _ change: (inout EmbeddingsConfiguration) -> Void = { _ in }) throws -> EmbeddingsClient {
        var configuration = EmbeddingsConfiguration(url: url, model: model, apiKey: key)
        change(&configuration)
        return try EmbeddingsClient(configuration, logger: Logger(label: "test"))
    }
}

@Suite struct LiveServerTests {
    @Test func `a server of somebody else's is understood, in digits, in base64 and in batches`() async throws {
        let server = try LiveServer(key: "k")
        let texts = (0..<50).map { "text \($0) with \"quotes\", żółw 🐢 and\nlines" } + [""]
        let digits = try await server.client(key: "k") { $0.encoding = .float }.embed(texts)
        let base64 = try await server.client(key: "k") {
            $0.batchSize = 7
            $0.dimensions = 384
        }.embed(texts)
        #expect(digits == base64)
        #expect(Set(digits).count == texts.count)
        #expect(digits.allSatisfy { abs($0.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4 })
    }

    @Test func `its refusals are told by name`() async throws {
        let server = try LiveServer(key: "k")
        let wrongKey = await #expect(throws: EmbeddingsError.self) {
            try await server.client(key: "other").embed(["a"])
        }
        #expect(wrongKey?.status == 401 && wrongKey?.code == .refused)
        let wrongDimensions = await #expect(throws: EmbeddingsError.self) {
            try await server.client(key: "k") { $0.dimensions = 100 }.embed(["a"])
        }
        #expect(wrongDimensions?.reason == "status 400 (invalid_request_error)")
    }
}
