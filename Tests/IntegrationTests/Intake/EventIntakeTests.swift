import Contracts
import CurlHTTP
import TestSupport
import Testing

/// CloudEvents hand in tasks: in each mode, each event once.
struct EventIntakeTests {
    private static func event(
        _ id: String, title: String = "Checkout crashes", type: String = TaskSubmitted.type, more: String = ""
    ) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/helpdesk","type":"\#(type)","data":{"title":"\#(title)"}\#(more)}"#
    }

    @Test func `structured, binary and batch events make tasks, each event one`() async throws {
        try await LiveHarness.run { harness in
            let structured = try await harness.hand(Self.event("1", more: #","correlationid":"story-9""#))
            #expect(structured.status == 202)
            let first = try #require(try structured.batch.items.first)
            #expect(first.status == 202)
            let task = try await harness.read(TaskView.self, "/v1/tasks/\(try #require(first.id))", user: "ana")
            #expect(task.correlationID == "story-9" && task.author == "ana")
            // The same event in binary mode, with an escape in its source.
            let binary = [
                HTTPHeader("ce-specversion", "1.0"), HTTPHeader("ce-id", "1"), HTTPHeader("ce-source", "%2Fhelpdesk"),
                HTTPHeader("ce-type", "task.submitted.v1"),
            ]
            let again = try await harness.hand(#"{"title":"Other"}"#, type: "application/json", headers: binary)
            #expect(try again.batch.items.map(\.status) == [200])
            #expect(try again.batch.items.first?.id == first.id)
            // A batch with one that is there, two that are the same, a strange one, a broken one, and no event at all.
            let items = [
                Self.event("1"), Self.event("2"), Self.event("2"), Self.event("3", type: "task.deleted.v1"),
                Self.event("4", title: ""), "7", #"{"type":"task.submitted.v1"}"#,
            ]
            let batch = try await harness.hand(
                "[\(items.joined(separator: ","))]", type: "application/cloudevents-batch+json; charset=utf-8"
            ).batch
            #expect(batch.items.map(\.status) == [200, 202, 200, 422, 422, 422, 422])
            #expect(batch.items[1].id == batch.items[2].id && batch.items[0].id == first.id)
            #expect(batch.items[3].problem?.code == .unknownEventType)
            #expect(batch.items[4].problem?.errors.first?.pointer == "/data/title")
            #expect(try await harness.read(Page<TaskView>.self, "/v1/tasks", user: "ana").items.count == 2)
            #expect(try await harness.hand("[]", type: "application/cloudevents-batch+json").status == 202)
        }
    }

    @Test func `twenty at once of one event make one task, and other tenants have their own`() async throws {
        try await LiveHarness.run { harness in
            let ids = try await withThrowingTaskGroup(of: Identifier?.self) { group in
                for _ in 0..<20 { group.addTask { try await harness.hand(Self.event("1")).batch.items.first?.id } }
                return try await group.reduce(into: Set<Identifier?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let other = try await harness.hand(Self.event("1"), tenant: "other").batch
            #expect(other.items.map(\.status) == [202])
            #expect(try await harness.read(Page<TaskView>.self, "/v1/tasks", user: "ana").items.count == 1)
        }
    }

    @Test func `what is no event of ours is refused with a code`() async throws {
        try await LiveHarness.run { harness in
            let rows: [(String, String, ErrorCode)] = [
                (Self.event("1", type: "task.created.v1"), "application/cloudevents+json", .unknownEventType),
                (Self.event("1").replacing("1.0", with: "0.3"), "application/cloudevents+json", .invalidField),
                (Self.event(""), "application/cloudevents+json", .invalidField),
                (Self.event("1", title: " "), "application/cloudevents+json", .invalidField),
                ("{", "application/cloudevents+json", .malformedJSON),
                ("{}", "application/cloudevents-batch+json", .invalidField),
                (#"{"title":"x"}"#, "application/json", .invalidEvent),
                ("<x/>", "application/cloudevents+xml", .unsupportedMediaType),
            ]
            for (body, type, code) in rows {
                let answer = try await harness.hand(body, type: type)
                #expect(try answer.problem.code == code, "\(body)")
            }
            #expect(try await harness.read(Page<TaskView>.self, "/v1/tasks", user: "ana").items.isEmpty)
        }
    }
}

extension HTTPResponse {
    fileprivate var batch: BatchResult { get throws { try ContractJSON.decode(BatchResult.self, from: body) } }
}

extension LiveHarness {
    fileprivate func hand(
        _ body: String, type: String = "application/cloudevents+json", headers: [HTTPHeader] = [],
        tenant: String = "default"
    ) async throws -> HTTPResponse {
        let all = [
            HTTPHeader("X-User-ID", "ana"), HTTPHeader("X-Tenant-ID", tenant), HTTPHeader("Content-Type", type),
        ]
        return try await http.execute(
            HTTPRequest(
                method: "POST", url: url + "/v1/intake/events", headers: all + headers, body: Array(body.utf8)),
            deadline: .seconds(20))
    }
}
