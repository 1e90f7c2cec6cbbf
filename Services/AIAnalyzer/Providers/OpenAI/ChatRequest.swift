import Contracts

/// The body of a chat-completions request.
enum ChatRequest {
    static func body(
        prompt: TaskPrompt, choices: ProviderChoices, model: String, options: OpenAIOptions, dialect: OpenAIDialect
    ) -> [UInt8] {
        var members: [String: JSONValue] = [
            "model": .string(model),
            "messages": [
                ["role": "system", "content": .string(TaskPrompt.system)],
                ["role": "user", "content": .string(prompt.user)],
            ],
            options.outputLimitMember.rawValue: .number(Double(options.maximumOutputTokens)),
            "stream": .bool(options.streams),
        ]
        if let temperature = options.temperature { members["temperature"] = .number(temperature) }
        if dialect.asksForUsage { members["stream_options"] = ["include_usage": true] }
        switch dialect.output {
        case .jsonSchema:
            members["response_format"] = [
                "type": "json_schema",
                "json_schema": [
                    "name": .string(AnswerSchema.name), "strict": true, "schema": AnswerSchema.schema(for: choices),
                ],
            ]
        case .jsonObjectSchema:
            members["response_format"] = ["type": "json_object", "schema": AnswerSchema.schema(for: choices)]
        case .jsonObject: members["response_format"] = ["type": "json_object"]
        case .text: break
        }
        return Array(JSONValue.object(members).text().utf8)
    }
}
