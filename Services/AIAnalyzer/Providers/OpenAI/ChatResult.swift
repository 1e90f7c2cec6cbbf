import Contracts

/// What a chat completion said, whole or put together from a stream.
struct ChatResult: Sendable, Equatable {
    /// The longest answer that is put together, in bytes.
    static let maximumContentBytes = 64 << 10

    var content = ""
    var refusal = ""
    var finishReason: String?
    var model: String?
    var fingerprint: String?
    var usage: TokenUsage?

    /// The result in the body of an answer that is no stream; nil for a body of another form.
    static func whole(_ body: [UInt8]) -> ChatResult? {
        guard let value = StrictJSON.value(body), let choice = value["choices"]?.elements?.first,
            let message = choice["message"]
        else { return nil }
        var result = ChatResult()
        result.noteServer(value)
        result.content = message["content"]?.stringValue ?? ""
        result.refusal = message["refusal"]?.stringValue ?? ""
        result.finishReason = choice["finish_reason"]?.stringValue
        return result
    }

    /// Model, fingerprint and usage, wherever an object names them.
    mutating func noteServer(_ value: JSONValue) {
        if let name = value["model"]?.stringValue, !name.isEmpty { model = BoundedText.line(name, characters: 200) }
        if let text = value["system_fingerprint"]?.stringValue, !text.isEmpty {
            fingerprint = BoundedText.line(text, characters: 200)
        }
        guard let input = value["usage"]?["prompt_tokens"]?.countValue else { return }
        usage = TokenUsage(input: input, output: value["usage"]?["completion_tokens"]?.countValue ?? 0)
    }

    /// The checked answer.
    /// - Parameter output: how strictly the server was bound to JSON.
    func answer(to choices: ProviderChoices, output: OpenAIOptions.Output) throws(ProviderError) -> ProviderAnswer {
        guard refusal.isEmpty else { throw fault(.refused, "the model refused to answer") }
        switch finishReason {
        case "stop", "eos", "end_turn": break
        case "length": throw fault(.truncated, "the answer was longer than the output limit")
        case "content_filter": throw fault(.refused, "a content filter stopped the answer")
        case nil: throw fault(.truncated, "the answer has no end")
        default: throw fault(.badAnswer, "the answer ended for an unknown reason")
        }
        let text = output == .text ? Self.firstObject(in: content) : content
        do throws(AnswerDecoder.Fault) {
            var answer = try AnswerDecoder(choices: choices).decode(text)
            answer.servedModel = model
            answer.servedVersion = fingerprint
            answer.usage = usage
            return answer
        } catch {
            throw fault(.badAnswer, error.reason)
        }
    }

    private func fault(_ code: ProviderError.Code, _ reason: String) -> ProviderError {
        ProviderError(code, reason: reason, httpStatus: 200, mayHaveSpentTokens: true, usage: usage)
    }

    /// The JSON object in a text that has words, or a fence, around it; thoughts before the answer are left out.
    private static func firstObject(in text: String) -> String {
        let answer = text.firstRange(of: "</think>").map { text[$0.upperBound...] } ?? text[...]
        guard let start = answer.firstIndex(of: "{"), let end = answer.lastIndex(of: "}"), start <= end else {
            return ""
        }
        return String(answer[start...end])
    }
}
