import AIAnalyzerProviders
import Contracts
import FaultServer
import FoundationEssentials
import Logging
import Testing

/// Google's own description of the interface (`deploy/local/discovery`), or nothing.
private let path = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_VERTEX_DISCOVERY"] ?? ""

/// What we send to Vertex AI and read from it, against the discovery document of its version 1.
@Suite(
    .enabled(if: !path.isEmpty, "SKIPPED: TRIAGELOOP_TEST_VERTEX_DISCOVERY names no document (deploy/local/discovery)"))
struct VertexDiscoveryTests {
    private let document: JSONValue
    private let method: JSONValue

    init() throws {
        document = try #require(StrictJSON.value(Array(try Data(contentsOf: URL(filePath: path)))))
        var place = document
        for name in ["projects", "locations", "endpoints"] { place = try #require(place["resources"]?[name]) }
        method = try #require(place["methods"]?["predict"])
    }

    private func schema(_ role: String) throws -> JSONValue {
        let name = try #require(method[role]?["$ref"]?.stringValue)
        return try #require(document["schemas"]?[name]?["properties"])
    }

    @Test func `the call is the method's, with members that its request has`() async throws {
        let seen = Signal<LocalServer.Request>()
        let server = try LocalServer { request, connection in
            seen.fire(request)
            connection.answer(status: 503)
        }
        let text = """
            {"providers": [{"name": "cloud", "kind": "vertex", "base_url": "\(server.url(""))",
             "versions": [{"name": "v1", "endpoint": "projects/p/locations/europe-west4/endpoints/7",
               "instance": {"content": "text"}, "parameters": {"topK": 1}}]}]}
            """
        let settings = try ProviderSettingsReader.settings(Array(text.utf8))
        let set = ProviderFactory(logger: Logger(label: "live")).providers(for: settings)
        let provider = try #require(set.providers.first)
        let request = ProviderRequest(
            taskID: Identifier(), project: "web", title: "T", body: "B", choices: ProviderChoices(categories: ["bug"]),
            story: Story(correlationID: "live"))
        await #expect(throws: ProviderError.self) { try await provider.analyse(request, deadline: .seconds(20)) }
        let sent = try await seen.value()
        #expect(sent.method == method["httpMethod"]?.stringValue)
        let template = try #require(method["path"]?.stringValue)
        #expect(
            sent.target == "/"
                + template.replacing("{+endpoint}", with: "projects/p/locations/europe-west4/endpoints/7"))
        let properties = try schema("request")
        guard case .object(let members)? = StrictJSON.value(sent.body) else {
            Issue.record("the body is no object")
            return
        }
        #expect(members.keys.sorted() == ["instances", "parameters"])
        for name in members.keys { #expect(properties[name] != nil, "\(name) is no member of the request") }
        #expect(properties["instances"]?["type"] == "array")
        guard case .array? = members["instances"] else {
            Issue.record("instances is no array")
            return
        }
    }

    @Test(arguments: ["predictions", "deployedModelId", "model", "modelVersionId", "modelDisplayName"])
    func `what we read is in the method's response`(member: String) throws {
        let type = try schema("response")[member]?["type"]
        #expect(type == (member == "predictions" ? "array" : "string"))
    }

    @Test func `the endpoint's name fits the method's pattern`() throws {
        #expect(
            method["parameters"]?["endpoint"]?["pattern"]
                == "^projects/[^/]+/locations/[^/]+/endpoints/[^/]+$")
        let options = VertexOptions(endpoint: "projects/p/locations/europe-west4/endpoints/7")
        #expect(options.location == "europe-west4")
        for name in [
            "projects/p/endpoints/7", "/projects/p/locations/l/endpoints/7", "projects/p/locations/l/endpoints/a/b", "",
        ] {
            #expect(VertexOptions(endpoint: name).location == nil)
        }
    }
}
