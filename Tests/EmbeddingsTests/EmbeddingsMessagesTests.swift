import Embeddings
import Foundation
import Resilience
import Testing

private func answer(_ items: [(Int, String)]) -> [UInt8] {
    let data = items.map { #"{"object":"embedding","index":\#($0),"embedding":\#($1)}"# }.joined(separator: ",")
    return Array(#"{"object":"list","data":[\#(data)],"model":"m","usage":{"total_tokens":3}}"#.utf8)
}

private func base64(_ values: [Float]) -> String {
    let bytes = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    return "\"\(Data(bytes).base64EncodedString())\""
}

private func error(_ items: [(Int, String)], count: Int, dimensions: Int? = nil) -> EmbeddingsError.Code? {
    do throws(EmbeddingsError) {
        _ = try EmbeddingsMessages.vectors(answer(items), count: count, dimensions: dimensions)
        return nil
    } catch {
        return error.code
    }
}

@Suite struct EmbeddingsMessagesTests {
    @Test func `vectors come in the order of their texts, in digits or in base64`() throws {
        let body = answer([(2, "[5, 6e-1]"), (0, base64([1, -2.5])), (1, "[3, 4]")])
        let vectors = try EmbeddingsMessages.vectors(body, count: 3, dimensions: 2)
        #expect(vectors == [[1, -2.5], [3, 4], [5, 0.6]])
    }

    @Test func `an answer that isn't one vector for each text is malformed`() {
        #expect(error([(0, "[1]")], count: 2) == .malformed)
        #expect(error([(0, "[1]"), (0, "[2]")], count: 2) == .malformed)
        #expect(error([(0, "[1]"), (2, "[2]")], count: 2) == .malformed)
        #expect(error([(0, "[1]"), (-1, "[2]")], count: 2) == .malformed)
        #expect(error([(0, "[]")], count: 1) == .malformed)
        #expect(error([(0, "[1, null]")], count: 1) == .malformed)
        #expect(error([(0, "[1e999]")], count: 1) == .malformed)
        #expect(error([(0, "\"*\"")], count: 1) == .malformed)
        #expect(error([(0, "\"AAA=\"")], count: 1) == .malformed)
        #expect(error([(0, base64([1, .nan]))], count: 1) == .malformed)
        #expect(error([(0, base64([.infinity]))], count: 1) == .malformed)
        for garbage in [
            "", "[]", "{}", "null", #"{"data":[{"index":0}]}"#, #"{"data":[{"index":0.5,"embedding":[1]}]}"#,
        ] {
            #expect(throws: EmbeddingsError.self) {
                try EmbeddingsMessages.vectors(Array(garbage.utf8), count: 1, dimensions: nil)
            }
        }
    }

    @Test func `vectors of another length than the others, or than asked for, are refused`() {
        #expect(error([(0, "[1, 2]"), (1, "[1]")], count: 2) == .dimensions)
        #expect(error([(0, "[1, 2]"), (1, "[1, 3]")], count: 2, dimensions: 3) == .dimensions)
        #expect(error([(0, "[1, 2]"), (1, "[1, 3]")], count: 2, dimensions: 2) == nil)
    }

    @Test func `a text is cut between characters, an empty one becomes a blank`() {
        #expect(EmbeddingsMessages.cut("żółw", to: 7) == "żółw")
        #expect(EmbeddingsMessages.cut("żółw", to: 6) == "żół")
        #expect(EmbeddingsMessages.cut("żółw", to: 5) == "żó")
        #expect(EmbeddingsMessages.cut("żółw", to: 3) == "ż")
        #expect(EmbeddingsMessages.cut("🐢", to: 3) == "")
        #expect(EmbeddingsMessages.cut("", to: 64) == " ")
    }

    @Test(arguments: [408, 429, 500, 502, 503, 504, 529])
    func `what a server can't do now is retriable`(status: Int) {
        let error = EmbeddingsMessages.refusal(status: status, body: [], retryAfter: "7", unixTime: 0)
        #expect(error.isRetriable && error.code == .unavailable && error.status == status)
        #expect(error.retryAfter == .seconds(7))
    }

    @Test(arguments: [301, 400, 401, 403, 404, 413, 422])
    func `what a server refuses is not`(status: Int) {
        let error = EmbeddingsMessages.refusal(
            status: status, body: Array("<html>".utf8), retryAfter: nil, unixTime: 0)
        #expect(!error.isRetriable && error.code == .refused && error.retryAfter == nil)
    }

    @Test func `of a refusal only short names are told, never words that may quote a text or the key`() {
        func reason(_ body: String) -> String {
            EmbeddingsMessages.refusal(status: 401, body: Array(body.utf8), retryAfter: "soon", unixTime: 0).reason
        }
        let key = #"{"error":{"message":"wrong key sk-123","type":"invalid_request_error","code":"invalid_api_key"}}"#
        #expect(reason(key) == "status 401 (invalid_api_key)")
        #expect(reason(#"{"error":{"type":"no way: sk-123","code":null}}"#) == "status 401")
        #expect(reason(#"{"error":{"code":"sk-123","type":"quota"}}"#) == "status 401 (quota)")
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/embeddings"),
        ("http://host:1/", "http://host:1/v1/embeddings"),
        ("https://api.example.org/v1", "https://api.example.org/v1/embeddings"),
        ("https://a.org/team/v1/embeddings/", "https://a.org/team/v1/embeddings"),
        ("https://a.org/openai", "https://a.org/openai/embeddings"),
    ])
    func `the endpoint is found from what people write`(written: String, endpoint: String) {
        #expect(EmbeddingsConfiguration(url: written, model: "m").url == endpoint)
    }

    @Test func `every value out of its bounds is told`() {
        var configuration = EmbeddingsConfiguration(url: "ftp://a", model: "", apiKey: "a\nb")
        configuration.dimensions = 0
        configuration.batchSize = 0
        configuration.maximumConcurrentRequests = 17
        configuration.maximumTextBytes = 1
        configuration.deadline = .zero
        configuration.requestTimeout = .seconds(10_000)
        configuration.retry.attempts = 11
        configuration.maximumResponseBytes = 1
        #expect(configuration.faults.count == 11)
        #expect(EmbeddingsConfiguration(url: "http://a", model: "m", apiKey: "k").faults == [])
    }
}
