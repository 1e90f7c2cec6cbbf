import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import TaskAPIContract

/// What the API says of itself, for programs and for people; made once, at the start.
struct DocumentRoutes: Sendable {
    private let schemas: [String: ByteBuffer]
    /// Whether callers need credentials.
    private let asksWhoCalls: Bool

    init(asksWhoCalls: Bool) {
        self.asksWhoCalls = asksWhoCalls
        schemas = Dictionary(
            uniqueKeysWithValues: SchemaFiles.all.map { ($0.name, ByteBuffer(string: $0.schema.text(isPretty: true))) })
    }

    func bind(to routes: inout RouteBinder) {
        routes.bind(
            API.openAPI, to: Self.fixed(OpenAPIDocument.make(asksWhoCalls: asksWhoCalls).text(), "application/json"))
        routes.bind(API.asyncAPI, to: Self.fixed(AsyncAPIDocument.make().text(), "application/json"))
        routes.bind(API.schemas, to: Self.fixed(SchemaFiles.index.text(), "application/json"))
        routes.bind(API.schema, to: schema)
        routes.bind(API.reference, to: Self.fixed(ReferencePage.html(), "text/html; charset=utf-8"))
        routes.bind(API.errors, to: Self.fixed(ErrorPage.html(), "text/html; charset=utf-8"))
    }

    @Sendable private func schema(_ call: Call<NoBody, NoValue>) async throws -> Reply<NoValue> {
        let name = try call.required(PathParameters.schema)
        guard let file = schemas[name] else {
            throw Problem(.routeNotFound, detail: "There is no such schema; /schemas lists them.")
        }
        return Reply(headers: .page(of: "application/schema+json"), body: ResponseBody(byteBuffer: file))
    }

    private static func fixed(
        _ text: String, _ type: String
    ) -> @Sendable (Call<NoBody, NoValue>) async throws -> Reply<NoValue> {
        let body = ByteBuffer(string: text)
        return { _ in Reply(headers: .page(of: type), body: ResponseBody(byteBuffer: body)) }
    }
}
