import Contracts
import SchemaChecks
import TaskAPIContract
import Testing

/// The documents say all that the route table says, and refer to nothing that isn't there.
struct DocumentTests {
    private let document = OpenAPIDocument.make()

    @Test(arguments: RouteTable.all)
    func `the OpenAPI document has every endpoint with its parameters, body, answers and refusals`(
        endpoint: Endpoint
    ) throws {
        let operation = try #require(document["paths"]?[endpoint.path]?[endpoint.method.rawValue.lowercased()])
        #expect(operation["operationId"]?.stringValue == endpoint.name)
        #expect(operation["x-role"]?.stringValue == endpoint.role.rawValue)
        let parameters = (operation["parameters"]?.items ?? []).map { resolved($0) }
        #expect(
            parameters.map { "\($0["in"]?.stringValue ?? "") \($0["name"]?.stringValue ?? "")" }
                == endpoint.parameters.map { "\($0.place.rawValue) \($0.name)" })
        #expect((operation["requestBody"] != nil) == (endpoint.body != nil))
        let statuses = Set(endpoint.answers.map(\.status) + endpoint.allProblems.map(\.httpStatus))
        #expect(Set(operation["responses"]?.names ?? []) == Set(statuses.map(String.init)))
        for code in endpoint.allProblems {
            let refusal = operation["responses"]?[String(code.httpStatus)]
            #expect(refusal?.text().contains("\"\(code.rawValue)\"") == true)
        }
    }

    @Test(arguments: ["openapi", "asyncapi"])
    func `every reference leads somewhere`(kind: String) {
        let document = kind == "openapi" ? self.document : AsyncAPIDocument.make()
        for reference in document.references {
            var place: JSONValue? = document
            for part in reference.dropFirst(2).split(separator: "/") {
                place = place?[part.replacing("~1", with: "/").replacing("~0", with: "~").description]
            }
            #expect(place != nil, "\(reference)")
        }
    }

    @Test func `every member of a request or an answer says what it is`() throws {
        for (name, schema) in try #require(document["components"]?["schemas"]?.members) {
            for property in schema["properties"]?.names ?? [] {
                let note = schema["properties"]?[property]?["description"]?.stringValue
                #expect(note?.isEmpty == false, "\(name).\(property)")
            }
        }
    }

    @Test func `no note is about a member that isn't there`() throws {
        let schemas = try #require(document["components"]?["schemas"])
        for (type, notes) in FieldNotes.byType {
            let properties = Set(schemas[type]?["properties"]?.names ?? [])
            #expect(Set(notes.keys).subtracting(properties).isEmpty, "\(type)")
        }
    }

    @Test func `the AsyncAPI document has every event, its emitter and every queue that takes it`() throws {
        let document = AsyncAPIDocument.make()
        for type in EventType.allCases {
            let name = AsyncAPIDocument.key(type)
            #expect(document["channels"]?[name]?["address"]?.stringValue == type.rawValue)
            #expect(document["components"]?["messages"]?[name] != nil)
            #expect(document["components"]?["schemas"]?[name]?["properties"]?["data"] != nil)
            #expect(document["operations"]?["\(type.emitter.rawValue)-sends-\(name)"]?["action"]?.stringValue == "send")
        }
        for queue in Topology.workQueues {
            #expect(
                Set(document["channels"]?[AsyncAPIDocument.key(queue)]?["messages"]?.names ?? [])
                    == Set(queue.consumes.map { AsyncAPIDocument.key($0) }))
        }
    }

    @Test func `there is a file for every event and every type`() {
        let files = Set(SchemaFiles.all.map(\.name))
        #expect(files.count == SchemaFiles.all.count)
        for type in EventType.allCases { #expect(files.contains(type.rawValue + ".json")) }
        for name in document["components"]?["schemas"]?.names ?? [] { #expect(files.contains(name + ".json")) }
    }

    @Test func `every example keeps to its schema`() throws {
        for endpoint in RouteTable.all {
            guard let body = endpoint.body else { continue }
            #expect(body.schema.schema.faults(in: body.example) == [], "\(endpoint.name)")
        }
    }

    @Test func `the pages name every endpoint, every type and every code`() {
        let page = ReferencePage.html()
        for endpoint in RouteTable.all { #expect(page.contains("id=\"\(endpoint.name)\"")) }
        for name in RouteTable.schemas { #expect(page.contains("id=\"type-\(name.text)\"")) }
        let errors = ErrorPage.html()
        for code in ErrorCode.allCases { #expect(errors.contains("id=\"\(code.rawValue)\"")) }
    }

    private func resolved(_ parameter: JSONValue) -> JSONValue {
        guard let reference = parameter["$ref"]?.stringValue, let name = reference.split(separator: "/").last else {
            return parameter
        }
        return document["components"]?["parameters"]?[String(name)] ?? .null
    }
}

extension JSONValue {
    fileprivate var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
    fileprivate var names: [String] { members.map { Array($0.keys) } ?? [] }
    fileprivate var items: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }
    fileprivate var references: [String] {
        switch self {
        case .object(let members):
            members.flatMap { name, value in name == "$ref" ? [value.stringValue ?? ""] : value.references }
        case .array(let items): items.flatMap(\.references)
        default: []
        }
    }
}
