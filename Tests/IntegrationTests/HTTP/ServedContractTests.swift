import Contracts
import CurlHTTP
import RabbitMQ
import SchemaChecks
import TaskAPIContract
import TestSupport
import Testing

/// What task-api serves is what it says of itself.
struct ServedContractTests {
    @Test func `every documented operation is served, and every other method is refused with those there are`()
        async throws
    {
        try await LiveHarness.run { harness in
            let document = try JSONValue.read(try await harness.send("GET", "/openapi.json").body)
            guard case .object(let paths)? = document["paths"] else { throw Missing(what: "paths") }
            #expect(paths.count > 15)
            for (template, operations) in paths {
                guard case .object(let members) = operations else { throw Missing(what: template) }
                let documented = Set(members.keys.map { $0.uppercased() })
                let path = template.replacing("{id}", with: "\(Identifier())").replacing("{name}", with: "x.json")
                let isStream = template.hasSuffix("/events")
                for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
                    // An open stream would have to be closed again; the tests of streams have them.
                    if isStream, method == "GET" { continue }
                    let answer = try await harness.send(method, path)
                    let isServed =
                        documented.contains(method) || (method == "HEAD" && documented.contains("GET") && !isStream)
                    switch (isServed, method) {
                    case (true, _):
                        #expect(answer.status != 405 && answer.code != .routeNotFound || template.hasSuffix("{name}"))
                        if method == "HEAD" { #expect(answer.body.isEmpty) }
                    case (false, "OPTIONS"): #expect(answer.status == 204, "\(method) \(template)")
                    case (false, _): #expect(answer.status == 405, "\(method) \(template)")
                    }
                    if !isServed {
                        let allowed = Set((answer.header("Allow") ?? "").split(separator: ", ").map(String.init))
                        #expect(allowed.subtracting(["HEAD", "OPTIONS"]) == documented, "\(method) \(template)")
                    }
                }
            }
        }
    }

    @Test func `each answer keeps to the schema that is documented for it`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes on an empty cart")
            try await harness.publisher.publish(try LiveHarness.final(of: task).message)
            try await eventually("the analysis is there") {
                try JSONValue.read(try await harness.send("GET", "/v1/tasks/\(task.id)").body)["status"] == "analysed"
            }
            let feedback = #"{"fields":[{"field":"priority","verdict":"corrected","value":"high"}]}"#
            let batch = #"[{"title":"fine"},{"title":""},7]"#
            let rows: [(endpoint: Endpoint, path: String, body: String?)] = [
                (API.showTask.endpoint, "/v1/tasks/\(task.id)", nil),
                (API.listTasks.endpoint, "/v1/tasks?limit=1", nil),
                (API.createTask.endpoint, "/v1/tasks", #"{"title":"x","tier":"gold","labels":["a"]}"#),
                (API.createBatch.endpoint, "/v1/tasks/batch", batch),
                (API.editTask.endpoint, "/v1/tasks/\(task.id)", #"{"body":"more"}"#),
                (API.giveFeedback.endpoint, "/v1/tasks/\(task.id)/feedback", feedback),
                (API.timeline.endpoint, "/v1/tasks/\(task.id)/timeline", nil),
                (API.similar.endpoint, "/v1/tasks/\(task.id)/similar", nil),
                (API.passport.endpoint, "/v1/tasks/\(task.id)/passport", nil),
                (API.reanalyse.endpoint, "/v1/tasks/\(task.id)/analysis", nil),
                (API.acceptance.endpoint, "/v1/insights/acceptance", nil),
                (API.drift.endpoint, "/v1/insights/drift", nil), (API.cost.endpoint, "/v1/insights/cost", nil),
                (API.eraseTask.endpoint, "/v1/tasks/\(task.id)", nil),
                (API.showErasure.endpoint, "/v1/erasures/\(task.id)", nil),
                (API.listModels.endpoint, "/v1/models", nil), (API.listRollouts.endpoint, "/v1/rollouts", nil),
                (API.listTrainings.endpoint, "/v1/trainings", nil),
                (API.requestTraining.endpoint, "/v1/trainings", #"{"reason":"x"}"#),
            ]
            for row in rows {
                let answer = try await harness.send(row.endpoint.method.rawValue, row.path, row.body)
                let promised = try #require(row.endpoint.answers.first { $0.status == answer.status }, "\(row.path)")
                guard case .json(let name) = promised.content else { throw Missing(what: row.path) }
                #expect(name.schema.faults(in: try JSONValue.read(answer.body)) == [], "\(row.path)")
                for header in promised.headers where header.isRequired {
                    #expect(answer.header(header.name) != nil, "\(row.path) \(header.name)")
                }
            }
            // A page with a next one says where it is.
            #expect(try await harness.send("GET", "/v1/tasks?limit=1").header("Link")?.contains("rel=\"next\"") == true)
        }
    }

    @Test func `a refusal keeps to the schema, with a code that the operation declares`() async throws {
        try await LiveHarness.run { harness in
            let id = Identifier()
            let rows: [(Endpoint, String, String?, [HTTPHeader], ErrorCode)] = [
                (API.showTask.endpoint, "/v1/tasks/\(id)", nil, [], .taskNotFound),
                (API.showErasure.endpoint, "/v1/erasures/\(id)", nil, [], .erasureNotFound),
                (API.eraseTask.endpoint, "/v1/tasks/\(id)", nil, [], .taskNotFound),
                (API.showTask.endpoint, "/v1/tasks/none", nil, [], .invalidIdentifier),
                (API.showTask.endpoint, "/v1/tasks/\(id)?verbose=1", nil, [], .invalidParameter),
                (API.showTask.endpoint, "/v1/tasks/\(id)", nil, [HTTPHeader("Accept", "text/csv")], .notAcceptable),
                (
                    API.listModels.endpoint, "/v1/models", nil,
                    [HTTPHeader("X-Tenant-ID", String(repeating: "t", count: 101))], .invalidParameter
                ),
                (API.listTasks.endpoint, "/v1/tasks?limit=0", nil, [], .invalidParameter),
                (API.listTasks.endpoint, "/v1/tasks?cursor=x", nil, [], .invalidCursor),
                (API.createTask.endpoint, "/v1/tasks", "{", [], .malformedJSON),
                (API.createTask.endpoint, "/v1/tasks", "{}", [], .invalidField),
                (
                    API.createTask.endpoint, "/v1/tasks", "<task/>", [HTTPHeader("Content-Type", "text/xml")],
                    .unsupportedMediaType
                ),
                (API.createBatch.endpoint, "/v1/tasks/batch", "[]", [], .invalidField),
                (
                    API.createBatch.endpoint, "/v1/tasks/batch",
                    "[" + Array(repeating: "{}", count: 10_001).joined(separator: ",") + "]", [], .batchTooLarge
                ),
                (
                    API.requestTraining.endpoint, "/v1/trainings",
                    #"{"reason":"\#(String(repeating: "x", count: 70_000))"}"#, [], .bodyTooLarge
                ),
                (API.showTraining.endpoint, "/v1/trainings/\(id)", nil, [], .trainingNotFound),
                (API.schema.endpoint, "/schemas/None.json", nil, [], .routeNotFound),
            ]
            for (endpoint, path, body, headers, code) in rows {
                let answer = try await harness.send(endpoint.method.rawValue, path, body, headers)
                let problem = try ContractJSON.decode(Problem.self, from: answer.body)
                #expect(problem.code == code && answer.status == code.httpStatus, "\(path): \(problem)")
                #expect(endpoint.allProblems.contains(code), "\(path)")
                #expect(answer.header("Content-Type") == "application/problem+json")
                #expect(SchemaName(Problem.self).schema.faults(in: try JSONValue.read(answer.body)) == [], "\(path)")
            }
        }
    }

    @Test func `a name with a space finds its tasks, whichever way the space is written`() async throws {
        try await LiveHarness.run { harness in
            _ = try await harness.send("POST", "/v1/tasks", #"{"title":"x","project":"my shop"}"#)
            for query in ["project=my+shop", "project=my%20shop"] {
                let page = try JSONValue.read(try await harness.send("GET", "/v1/tasks?" + query).body)
                guard case .array(let items)? = page["items"] else { throw Missing(what: "items") }
                #expect(items.count == 1, "\(query)")
            }
        }
    }

    private struct Missing: Error {
        let what: String
    }
}

extension JSONValue {
    fileprivate static func read(_ bytes: [UInt8]) throws -> JSONValue {
        try ContractJSON.decode(JSONValue.self, from: bytes)
    }
}

extension HTTPResponse {
    /// The code of a refusal.
    fileprivate var code: ErrorCode? {
        // Anything else is no refusal.
        (try? ContractJSON.decode(Problem.self, from: body))?.code
    }
}

extension LiveHarness {
    func send(
        _ method: String, _ path: String, _ body: String? = nil, _ headers: [HTTPHeader] = []
    ) async throws -> HTTPResponse {
        var all = [HTTPHeader("X-User-ID", "ana")] + headers
        if body != nil, !headers.contains(where: { $0.name == "Content-Type" }) {
            all.append(HTTPHeader("Content-Type", "application/json"))
        }
        return try await http.execute(
            HTTPRequest(method: method, url: url + path, headers: all, body: Array((body ?? "").utf8)),
            deadline: .seconds(10))
    }
}
