import Contracts
import CurlHTTP
import RabbitMQ
import TestSupport
import Testing

/// Changes that take place only if nobody else was there meanwhile, and answers that needn't be sent again.
struct EntityTagRouteTests {
    @Test func `an edit with the tag of what was read takes place, and one with an older tag doesn't`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes")
            let path = "/v1/tasks/\(task.id)"
            let read = try #require(try await harness.send("GET", path).header("ETag"))
            let first = try await harness.send("PATCH", path, #"{"title":"one"}"#, [HTTPHeader("If-Match", read)])
            #expect(first.status == 202)
            let written = try #require(first.header("ETag"))
            let second = try await harness.send("PATCH", path, #"{"title":"two"}"#, [HTTPHeader("If-Match", read)])
            #expect(second.status == 412 && second.problemCode == .revisionConflict)
            let now = try await harness.send("GET", path)
            #expect(try ContractJSON.decode(TaskView.self, from: now.body).title == "one")
            // The tag that an edit answered is that of what is read afterwards.
            #expect(now.header("ETag") == written)
            for tag in ["*", "\"x\", \(written)"] {
                let again = try await harness.send("PATCH", path, #"{"title":"three"}"#, [HTTPHeader("If-Match", tag)])
                #expect(again.status == (tag == "*" ? 202 : 412), "\(tag)")
            }
            let weak = try await harness.send(
                "PATCH", path, #"{"title":"four"}"#, [HTTPHeader("If-Match", "W/" + written)])
            #expect(weak.status == 412)
            #expect(
                try await harness.send("PATCH", path, #"{"title":"x"}"#, [HTTPHeader("If-Match", "x")]).status == 400)
            let none = try await harness.send(
                "PATCH", "/v1/tasks/\(Identifier())", #"{"title":"x"}"#, [HTTPHeader("If-Match", "*")])
            #expect(none.status == 404)
        }
    }

    @Test func `what the client has is answered 304, until the analysis comes`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes")
            let path = "/v1/tasks/\(task.id)"
            let tag = try #require(try await harness.send("GET", path).header("ETag"))
            for known in [tag, "W/" + tag, "*", "\"x\", " + tag] {
                let same = try await harness.send("GET", path, nil, [HTTPHeader("If-None-Match", known)])
                #expect(same.status == 304 && same.body.isEmpty && same.header("ETag") == tag, "\(known)")
            }
            #expect(try await harness.send("GET", path, nil, [HTTPHeader("If-None-Match", "\"x\"")]).status == 200)
            try await harness.publisher.publish(try LiveHarness.final(of: task).message)
            try await eventually("the analysis makes another answer of it") {
                try await harness.send("GET", path, nil, [HTTPHeader("If-None-Match", tag)]).status == 200
            }
        }
    }
}
