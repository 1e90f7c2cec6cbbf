import Contracts

extension OpenAPIDocument {
    /// What an endpoint answers, by status: first what it promises, then how it refuses.
    static func responses(of endpoint: Endpoint) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for answer in endpoint.answers { responses[String(answer.status)] = response(answer) }
        let problems = Dictionary(grouping: endpoint.allProblems, by: \.httpStatus)
        for (status, codes) in problems { responses[String(status)] = refusal(status, codes) }
        return .object(responses)
    }

    private static func response(_ answer: Answer) -> JSONValue {
        var headers: [String: JSONValue] = [correlationHeader: headerReference(correlationHeader)]
        for header in answer.headers {
            headers[header.name] = [
                "description": .string(header.description), "required": .bool(header.isRequired),
                "schema": ["type": "string"],
            ]
        }
        var members: [String: JSONValue] = [
            "description": .string(answer.description), "headers": .object(headers),
        ]
        if let type = answer.content.mediaType { members["content"] = .object([type: content(answer.content)]) }
        if !answer.links.isEmpty {
            members["links"] = .object(
                Dictionary(
                    uniqueKeysWithValues: answer.links.map { link in
                        (
                            link.endpoint,
                            [
                                "operationId": .string(link.endpoint),
                                "parameters": ["id": .string("$response.body#\(link.pointer)")],
                            ]
                        )
                    }))
        }
        return .object(members)
    }

    private static func content(_ content: AnswerContent) -> JSONValue {
        switch content {
        case .json(let name): ["schema": SchemaComponents.reference(name.text)]
        // OpenAPI 3.1 has no word for the events of a stream; that of 3.2 says the same to those who know it.
        case .events(let name):
            ["schema": ["type": "string"], "x-event-data": SchemaComponents.reference(name.text)]
        case .nothing: [:]
        case .lines(let name): ["schema": ["type": "string"], "x-line": SchemaComponents.reference(name.text)]
        case .text(let type): ["schema": type.hasSuffix("json") ? ["type": "object"] : ["type": "string"]]
        }
    }

    private static func refusal(_ status: Int, _ codes: [ErrorCode]) -> JSONValue {
        var headers: [String: JSONValue] = [correlationHeader: headerReference(correlationHeader)]
        if status == 401 { headers["WWW-Authenticate"] = headerReference("WWW-Authenticate") }
        if status == 503 || status == 429 { headers["Retry-After"] = headerReference("Retry-After") }
        let names = codes.map(\.rawValue)
        return [
            "description": .string(codes.map { "`\($0.rawValue)`: \($0.meaning)" }.joined(separator: "\n\n")),
            "headers": .object(headers),
            "content": [
                "application/problem+json": [
                    "schema": [
                        "allOf": [
                            SchemaComponents.reference("Problem"),
                            [
                                "properties": [
                                    "status": ["const": .number(Double(status))],
                                    "code": ["enum": .array(names.map { .string($0) })],
                                ]
                            ],
                        ]
                    ]
                ]
            ],
        ]
    }

    private static func headerReference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/headers/\(name)")]
    }
}
