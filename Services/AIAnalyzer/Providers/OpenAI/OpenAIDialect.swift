/// What of the interface a server turned out to know; a pure state.
///
/// Servers that call themselves compatible refuse members they don't know with 400 or 422. Such an answer costs nothing,
/// so the next weaker form is tried at once, and what worked is kept.
struct OpenAIDialect: Sendable, Equatable {
    private(set) var output: OpenAIOptions.Output
    private(set) var asksForUsage: Bool
    /// Whether an answer came in this form already.
    private(set) var isProven: Bool
    private let isFixed: Bool

    init(_ options: OpenAIOptions) {
        output = options.output ?? .jsonSchema
        asksForUsage = options.streams && options.asksForUsage
        isFixed = options.output != nil
        isProven = false
    }

    /// The same, known to work.
    var proven: OpenAIDialect {
        var dialect = self
        dialect.isProven = true
        return dialect
    }

    /// The form to try after a refusal; nil when the refusal must have another reason.
    /// - Parameter message: the server's words, in lower case.
    func weaker(status: Int, message: String) -> OpenAIDialect? {
        // llama.cpp's Python server calls a member that it doesn't know a fault of its own.
        let isOwnFault = status == 500 && message.contains("response_format")
        guard [400, 404, 415, 422, 501].contains(status) || isOwnFault else { return nil }
        var next = self
        next.isProven = false
        if asksForUsage, message.contains("stream_options") || message.contains("include_usage") {
            next.asksForUsage = false
            return next
        }
        let namesFormat = ["response_format", "json_schema", "json_object", "schema", "structured", "grammar"]
            .contains(where: message.contains)
        // A form that worked before is given up only when the server names it.
        guard !isFixed, namesFormat || (!isProven && status != 404) else { return nil }
        let all = OpenAIOptions.Output.allCases
        guard let index = all.firstIndex(of: output), index + 1 < all.count else { return nil }
        next.output = all[index + 1]
        return next
    }
}
