package import Contracts

/// An endpoint together with the types of its request's body and of its answer, so that the handler that is bound to it
/// reads and answers nothing else.
package struct Route<Body: Sendable, Value: Sendable>: Sendable {
    package let endpoint: Endpoint

    /// - Parameters:
    ///   - parameters: its own; those that every call of a user takes come by themselves.
    ///   - isRepeatable: whether it takes an `Idempotency-Key`.
    ///   - problems: its own; those of bodies, parameters and outages come by themselves.
    init(
        _ method: Endpoint.Method, _ path: String, name: String, in group: EndpointGroup,
        for role: Endpoint.Role = .user, summary: String, _ description: String,
        parameters: [any DescribedParameter] = [], body: RequestBody? = nil, isRepeatable: Bool = false,
        answers: [Answer], problems: [ErrorCode] = []
    ) {
        let key = isRepeatable ? [HeaderParameters.idempotencyKey.description] : []

        endpoint = Endpoint(
            method, path, name: name, in: group, for: role, summary: summary, description: description,
            parameters: parameters.map(\.description) + key, body: body,
            answers: isRepeatable ? answers.map { $0.with(.replayed) } : answers,
            problems: isRepeatable ? problems + [.idempotencyKeyReused] : problems)
    }
}

/// The body of a request that has none.
package enum NoBody: Sendable {}

/// The answer of a route that sends a text or a stream rather than a JSON value.
package enum NoValue: Sendable {}

/// What a request's body holds.
package struct RequestBody: Sendable {
    /// The component that holds its schema.
    package let schema: SchemaName
    package let limitBytes: Int
    package let example: JSONValue
    /// Whether it is a stream of lines, each of them a value, which is read while it comes.
    package var isLines = false
    package var mediaType = "application/json"
    /// The media type and the schema of an array of such values, where one is taken as well.
    package var list: (mediaType: String, schema: SchemaName)?

    /// A body of JSON texts, one a line.
    static func lines<Value: Codable & Validated>(
        of type: Value.Type, upTo limitBytes: Int, example: Value
    ) -> RequestBody {
        RequestBody(
            schema: SchemaName(type), limitBytes: limitBytes, example: JSONValue(encoding: example), isLines: true,
            mediaType: AnswerContent.linesType)
    }

    /// A body that is one value of a type.
    static func json<Value: Codable & Validated>(
        _ type: Value.Type, upTo limitBytes: Int, example: Value
    ) -> RequestBody {
        RequestBody(schema: SchemaName(type), limitBytes: limitBytes, example: JSONValue(encoding: example))
    }

    /// A body that is a CloudEvent in structured mode, or a batch of them.
    static func events<Value: Codable & Validated>(
        _ type: Value.Type, upTo limitBytes: Int, example: Value
    ) -> RequestBody {
        var body = json(type, upTo: limitBytes, example: example)
        body.mediaType = MediaTypes.cloudEvent
        body.list = (MediaTypes.cloudEventBatch, SchemaName(arrayOf: type, atLeast: 0))
        return body
    }

    /// A body that is an array of values of a type, whose rules are checked item by item.
    static func array<Value: Codable & Validated>(
        of type: Value.Type, upTo limitBytes: Int, example: [Value]
    ) -> RequestBody {
        RequestBody(
            schema: SchemaName(arrayOf: type), limitBytes: limitBytes, example: JSONValue(encoding: example))
    }
}

/// One successful answer.
package struct Answer: Sendable {
    package let status: Int
    package let description: String
    package let content: AnswerContent
    package let headers: [AnswerHeader]
    package let links: [AnswerLink]

    init(
        _ status: Int, _ description: String, _ content: AnswerContent, headers: [AnswerHeader] = [],
        links: [AnswerLink] = []
    ) {
        self.status = status
        self.description = description
        self.content = content
        self.headers = headers
        self.links = links
    }

    /// The same with one more header.
    func with(_ header: AnswerHeader) -> Answer {
        Answer(status, description, content, headers: headers + [header], links: links)
    }
}

/// What an answer's body holds.
package enum AnswerContent: Sendable {
    case json(SchemaName)
    /// Server-Sent Events, each of whose `data:` is a value of that schema.
    case events(SchemaName)
    /// JSON texts, one a line, each a value of that schema.
    case lines(SchemaName)
    /// A text of another media type.
    case text(String)
    /// No body at all.
    case nothing

    package static var eventStreamType: String { "text/event-stream" }
    package static var linesType: String { "application/x-ndjson" }

    package static func json(_ type: any Codable.Type) -> AnswerContent { .json(SchemaName(type)) }

    /// Nil where there is no body.
    package var mediaType: String? {
        switch self {
        case .json: "application/json"
        case .events: Self.eventStreamType
        case .lines: Self.linesType
        case .text(let type): type
        case .nothing: nil
        }
    }
}

/// A header that an answer always carries, or sometimes.
package struct AnswerHeader: Sendable {
    package let name: String
    package let description: String
    package let isRequired: Bool

    static let location = AnswerHeader(name: "Location", description: "The address of what was made.", isRequired: true)
    static let entityTag = AnswerHeader(
        name: "ETag", description: "Names this very state of the task, for `If-Match` and `If-None-Match` (RFC 9110).",
        isRequired: true)
    static let nextPage = AnswerHeader(
        name: "Link", description: "The address of the next page (`rel=\"next\"`, RFC 8288); absent on the last one.",
        isRequired: false)
    static let replayed = AnswerHeader(
        name: "Idempotency-Replayed",
        description: "`true` when this is the answer to an earlier request with the same `Idempotency-Key`.",
        isRequired: false)
}

/// A request that follows from an answer: its path parameter `id` is a member of the answer's body.
package struct AnswerLink: Sendable {
    /// The name of the endpoint.
    package let endpoint: String
    /// A JSON pointer into the answer's body.
    package let pointer: String
}

extension JSONValue {
    /// A contract's value as JSON; every contract can be encoded, so that a failure is our own mistake.
    init(encoding value: some Encodable) {
        do {
            self = try ContractJSON.decode(JSONValue.self, from: ContractJSON.encode(value))
        } catch {
            preconditionFailure("an example can't be encoded: \(error)")
        }
    }
}
