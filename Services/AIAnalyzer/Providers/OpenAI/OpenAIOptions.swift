/// How a chat-completions server is asked.
package struct OpenAIOptions: Sendable, Hashable {
    /// How the output is bound to JSON, strongest first.
    package enum Output: String, Sendable, CaseIterable {
        /// `response_format` of the type `json_schema`, strict.
        case jsonSchema = "json_schema"
        /// `json_object` with the schema beside it, as llama.cpp's Python server and some others want it.
        case jsonObjectSchema = "json_object_schema"
        /// `json_object`: JSON of any form.
        case jsonObject = "json_object"
        /// No `response_format`; the first JSON object of the text counts.
        case text
    }

    /// What the server calls the limit of the answer's tokens.
    package enum OutputLimitMember: String, Sendable, CaseIterable {
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// Nil: the strongest that the server accepts, found out at the first call.
    package var output: Output?
    package var streams: Bool
    /// `stream_options.include_usage`.
    package var asksForUsage: Bool
    package var maximumOutputTokens: Int
    package var outputLimitMember: OutputLimitMember
    /// Nil: not sent.
    package var temperature: Double?

    package init(
        output: Output? = nil, streams: Bool = true, asksForUsage: Bool = true, maximumOutputTokens: Int = 400,
        outputLimitMember: OutputLimitMember = .maxTokens, temperature: Double? = 0
    ) {
        self.output = output
        self.streams = streams
        self.asksForUsage = asksForUsage
        self.maximumOutputTokens = maximumOutputTokens
        self.outputLimitMember = outputLimitMember
        self.temperature = temperature
    }
}
