import Contracts
import TaskAPIContract
import Testing

/// The route table promises nothing twice and nothing vague.
struct RouteTableTests {
    @Test func `each endpoint has a name, an address and a method of its own`() {
        let names = RouteTable.all.map(\.name)
        #expect(Set(names).count == names.count)
        let places = RouteTable.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(places).count == places.count)
    }

    @Test(arguments: RouteTable.all)
    func `each parameter of the path is declared and no other is`(endpoint: Endpoint) {
        let named = endpoint.path.split(separator: "/").filter { $0.first == "{" }.map {
            String($0.dropFirst().dropLast())
        }
        #expect(endpoint.parameters.filter { $0.place == .path }.map(\.name) == named)
    }

    @Test(arguments: [
        ("/v1/tasks", ["GET", "HEAD", "POST", "OPTIONS"]), ("/v1/tasks/", ["GET", "HEAD", "POST", "OPTIONS"]),
        ("/v1/tasks/batch", ["POST", "OPTIONS"]), ("/v1/tasks/import", ["POST", "OPTIONS"]),
        ("/v1/tasks/other", ["GET", "HEAD", "PATCH", "DELETE", "OPTIONS"]),
        ("/v1/events", ["GET", "OPTIONS"]), ("/openapi.json", ["GET", "HEAD", "OPTIONS"]),
    ])
    func `an address names the methods that it takes`(path: String, methods: [String]) {
        #expect(Set(RouteTable.methods(at: path) ?? []) == Set(methods))
    }

    @Test(arguments: ["/", "/v1", "/v2/tasks", "/v1/tasks/a/b", "/v1/tasks/a/timeline/x"])
    func `an address where nothing is takes no method`(path: String) {
        #expect(RouteTable.methods(at: path) == nil)
    }

    @Test func `every code of an answer says what it means and what to do`() {
        for code in ErrorCode.allCases {
            #expect(!code.title.isEmpty && code.meaning.hasSuffix(".") && code.remedy.hasSuffix("."))
        }
    }
}

extension Endpoint: CustomTestStringConvertible {
    /// Its method and address.
    public var testDescription: String { "\(method.rawValue) \(path)" }
}
