import Synchronization

/// A model behind a chat-completions interface.
///
/// One call an analysis. Only while it isn't known yet which form of JSON output the server accepts, calls that it
/// refuses as malformed, and that cost nothing, are repeated in a weaker form.
package final class OpenAIProvider: ModelProvider {
    package let identity: ProviderIdentity
    private let settings: ProviderVersionSettings
    private let options: OpenAIOptions
    private let url: String
    private let call: ProviderCall
    private let dialect: Mutex<OpenAIDialect>

    init(
        identity: ProviderIdentity, settings: ProviderVersionSettings, options: OpenAIOptions, baseURL: String,
        call: ProviderCall
    ) {
        self.identity = identity
        self.settings = settings
        self.options = options
        url = baseURL + "/chat/completions"
        self.call = call
        dialect = Mutex(OpenAIDialect(options))
    }

    package func mostTokens(for request: ProviderRequest) -> TokenUsage {
        let body = body(for: request, in: OpenAIDialect(options))
        return TokenUsage(input: body.count, output: options.maximumOutputTokens)
    }

    package func analyse(
        _ request: ProviderRequest, deadline: Duration, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> ProviderAnswer {
        let deadline = Deadline(in: deadline)
        var form = dialect.withLock { $0 }
        while true {
            switch try await attempt(request, in: form, within: deadline, onProgress: onProgress) {
            case .answer(let answer): return answer
            // Each form is weaker than the last, so that this ends.
            case .tryAgain(let weaker): form = weaker
            }
        }
    }

    private enum Attempt {
        case answer(ProviderAnswer)
        /// The server doesn't know the form, and no answer was made.
        case tryAgain(OpenAIDialect)
    }

    private func body(for request: ProviderRequest, in form: OpenAIDialect) -> [UInt8] {
        // The message names what the schema allows: a server without schemas has nothing else to go by.
        let request = request.only(settings.fields)
        return ChatRequest.body(
            prompt: TaskPrompt(request, maximumTextBytes: settings.maximumTextBytes), choices: request.choices,
            model: settings.model, options: options, dialect: form)
    }

    private func attempt(
        _ request: ProviderRequest, in form: OpenAIDialect, within deadline: Deadline,
        onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> Attempt {
        let message = try await call.message(
            url, body: body(for: request, in: form), for: request,
            accept: options.streams ? "text/event-stream, application/json" : "application/json", within: deadline)
        let transport = ChatTransport(client: call.client)
        let outcome =
            options.streams
            ? try await transport.stream(message, within: deadline, onProgress: onProgress)
            : try await transport.whole(message, within: deadline)
        switch outcome {
        case .result(let result):
            // The server took the form, whatever it made of it.
            dialect.withLock { $0 = form.proven }
            let answer = try result.answer(to: request.choices.only(settings.fields), output: form.output)
            return .answer(AnswerChecks.flagged(answer, for: request, hiding: message.secrets))
        case .refusal(let status, let retryAfter, let body):
            let error = call.refusal(
                status: status, retryAfter: retryAfter, body: body, hiding: message.secrets)
            let weaker = form.weaker(status: status, message: ServerFault(body: body).words)
            guard let weaker, error.code == .rejected || error.code == .serverError else { throw error }
            return .tryAgain(weaker)
        }
    }
}
