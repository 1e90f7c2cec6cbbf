import Contracts
import CurlHTTP

/// Puts a streamed chat completion together from its events; pure.
struct ChatStream {
    private(set) var result = ChatResult()
    /// Whether `[DONE]` came.
    private(set) var isDone = false
    private(set) var characters = 0
    private var contentBytes = 0
    private let secrets: SentSecrets

    /// - Parameter secrets: what must not show in an error's reason.
    init(hiding secrets: SentSecrets) { self.secrets = secrets }

    /// Takes one event; answers the text it brought, if any.
    mutating func consume(_ event: ServerSentEvent) throws(ProviderError) -> String? {
        if isDone { return nil }
        if event.data.utf8.elementsEqual("[DONE]".utf8) {
            isDone = true
            return nil
        }
        guard let value = StrictJSON.value(event.data), value.members != nil else {
            throw fault(.badAnswer, "an event of the stream is not JSON")
        }
        if event.event == "error" || (value["error"] ?? .null) != .null { throw inStreamError(value) }
        result.noteServer(value)
        guard let choice = value["choices"]?.elements?.first else { return nil }
        if let reason = choice["finish_reason"]?.stringValue { result.finishReason = reason }
        if let refusal = choice["delta"]?["refusal"]?.stringValue {
            result.refusal = BoundedText.prefix(result.refusal + refusal, bytes: 200)
        }
        guard let text = choice["delta"]?["content"]?.stringValue, !text.isEmpty else { return nil }
        contentBytes += text.utf8.count
        guard contentBytes <= ChatResult.maximumContentBytes else {
            throw fault(.tooLarge, "the answer is larger than \(ChatResult.maximumContentBytes) bytes")
        }
        result.content += text
        characters += text.unicodeScalars.count
        return text
    }

    /// The result once the stream has ended. A server may leave out `[DONE]`, but not how the answer finished.
    func finish() throws(ProviderError) -> ChatResult {
        guard result.finishReason != nil || (isDone && !result.content.isEmpty) else {
            throw fault(.truncated, "the stream ended before the answer")
        }
        var result = result
        if result.finishReason == nil { result.finishReason = "stop" }
        return result
    }

    private func inStreamError(_ value: JSONValue) -> ProviderError {
        let error = ServerFault(value)
        if error.isPromptTooLong { return fault(.promptTooLong, "within the stream: the text is too long") }
        if error.words.contains("rate_limit") || error.words.contains("429") {
            return fault(.rateLimited, "within the stream: \(error.summary(hiding: secrets))")
        }
        return fault(.serverError, "within the stream: \(error.summary(hiding: secrets))")
    }

    private func fault(_ code: ProviderError.Code, _ reason: String) -> ProviderError {
        ProviderError(code, reason: reason, httpStatus: 200, mayHaveSpentTokens: true, usage: result.usage)
    }
}
