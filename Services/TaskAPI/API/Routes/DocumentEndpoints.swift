import Contracts

extension API {
    package static let openAPI = document(
        "/openapi.json", name: "openAPI", summary: "This API as OpenAPI 3.1", type: "application/json")
    package static let asyncAPI = document(
        "/asyncapi.json", name: "asyncAPI", summary: "The events on RabbitMQ as AsyncAPI 3", type: "application/json")
    package static let schemas = document(
        "/schemas", name: "listSchemas", summary: "Lists the JSON Schemas", type: "application/json")
    package static let schema = document(
        "/schemas/{name}", name: "showSchema", summary: "A JSON Schema (2020-12)", type: "application/schema+json",
        parameters: [PathParameters.schema], problems: [.routeNotFound])
    package static let reference = document(
        "/docs", name: "reference", summary: "The reference, for people", type: "text/html")
    package static let errors = document(
        "/docs/errors", name: "errors", summary: "Every error code, what it means and what to do", type: "text/html")

    private static func document(
        _ path: String, name: String, summary: String, type: String, parameters: [any DescribedParameter] = [],
        problems: [ErrorCode] = []
    ) -> Route<NoBody, NoValue> {
        Route(
            .get, path, name: name, in: .documents, for: .anyone, summary: summary,
            "Made from what serves: it can't be behind.", parameters: parameters,
            answers: [Answer(200, "The document.", .text(type))], problems: problems)
    }
}

extension RouteTable {
    static let documents = [
        API.openAPI.endpoint, API.asyncAPI.endpoint, API.schemas.endpoint, API.schema.endpoint,
        API.reference.endpoint, API.errors.endpoint,
    ]
}
