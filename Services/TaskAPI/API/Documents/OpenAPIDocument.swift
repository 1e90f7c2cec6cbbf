package import Contracts

/// The OpenAPI 3.1 document, made from the route table.
package enum OpenAPIDocument {
    /// - Parameter asksWhoCalls: whether callers need credentials; where they don't, no operation says so.
    package static func make(of endpoints: [Endpoint] = RouteTable.all, asksWhoCalls: Bool = true) -> JSONValue {
        let components = SchemaComponents(RouteTable.schemas)
        var paths: [String: [String: JSONValue]] = [:]
        for endpoint in endpoints {
            paths[endpoint.path, default: [:]][endpoint.method.rawValue.lowercased()] = operation(
                endpoint, asksWhoCalls: asksWhoCalls)
        }
        return [
            "openapi": "3.1.0", "info": info, "servers": [["url": "/"]],
            "tags": .array(EndpointGroup.allCases.map { ["name": .string($0.rawValue)] }),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "securitySchemes": [
                    bearer: [
                        "type": "http", "scheme": "bearer",
                        "description": "An API key (`tl_…`) or an OpenID Connect token (JWT).",
                    ]
                ],
                "schemas": components.all,
                "parameters": .object(
                    Dictionary(
                        uniqueKeysWithValues: CallParameters.all.map { ($0.name, parameter($0)) })),
                "headers": [
                    correlationHeader: [
                        "description": "The id of the story that the request began or went on with.",
                        "required": true, "schema": ["type": "string"],
                    ],
                    "WWW-Authenticate": [
                        "description":
                            "`Bearer`, with what is wrong (RFC 6750); `Webhook-Signature` where a source's secret must sign.",
                        "required": true, "schema": ["type": "string"],
                    ],
                    "Allow": [
                        "description": "The methods that the address takes.", "required": true,
                        "schema": ["type": "string"],
                    ],
                    "Retry-After": [
                        "description": "Seconds to wait.", "required": true,
                        "schema": ["type": "integer", "minimum": 0],
                    ],
                ],
            ],
        ]
    }

    static let correlationHeader = "X-Correlation-ID"
    private static let bearer = "bearer"

    private static let info: JSONValue = [
        "title": "TriageLoop", "version": "1",
        "summary": "Tasks in, suggestions out, and what people say of them.",
        "description": .string(Preface.text),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
    ]

    private static func operation(_ endpoint: Endpoint, asksWhoCalls: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(endpoint.name), "summary": .string(endpoint.summary),
            "description": .string(endpoint.description), "tags": [.string(endpoint.group.rawValue)],
            "x-role": .string(endpoint.role.rawValue), "responses": responses(of: endpoint),
            "security": asksWhoCalls && endpoint.role != .anyone ? [.object([bearer: []])] : [],
        ]
        if !endpoint.parameters.isEmpty {
            let shared = Set(CallParameters.all.map(\.name))
            members["parameters"] = .array(
                endpoint.parameters.map { one in
                    one.place == .header && shared.contains(one.name)
                        ? ["$ref": .string("#/components/parameters/\(one.name)")] : parameter(one)
                })
        }
        if let body = endpoint.body {
            members["requestBody"] = [
                "required": true,
                "description": .string("At most \(body.limitBytes) bytes."),
                "content": .object(content(of: body)),
            ]
        }
        return .object(members)
    }

    /// What OpenAPI 3.1 has no word for, a stream of lines, is a text to it; 3.2 says `itemSchema`.
    private static func content(of body: RequestBody) -> [String: JSONValue] {
        let schema = SchemaComponents.reference(body.schema.text)
        guard !body.isLines else {
            return [
                body.mediaType: [
                    "schema": ["type": "string"], "x-line": schema, "example": .string(body.example.text() + "\n"),
                ]
            ]
        }
        var content: [String: JSONValue] = [body.mediaType: ["schema": schema, "example": body.example]]
        if let list = body.list {
            content[list.mediaType] = [
                "schema": SchemaComponents.reference(list.schema.text), "example": [body.example],
            ]
        }
        return content
    }

    private static func parameter(_ parameter: ParameterDescription) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.summary), "required": .bool(parameter.isRequired),
            "schema": parameter.schema,
        ]
        if let example = parameter.example { members["example"] = example }
        return .object(members)
    }
}
