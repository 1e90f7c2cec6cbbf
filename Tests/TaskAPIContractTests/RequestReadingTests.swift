import Contracts
import TaskAPIContract
import Testing

/// What a request's query and `Accept` header say.
struct RequestReadingTests {
    @Test(arguments: [
        ("project=my+project", "my project"), ("project=my%20project", "my project"), ("project=a%2Bb", "a+b"),
        ("project=%C3%A4", "ä"), ("project=100%25", "100%"), ("project=50%", "50%"), ("pro%6Aect=x", "x"),
    ])
    func `a query is decoded as forms are`(query: String, value: String) throws {
        #expect(try QueryItems(query)["project"] == value)
    }

    @Test(arguments: [
        "limt=5", "limit=0", "limit=201", "limit=five", "limit=", "limit=5&limit=6", "cursor=next", "status=open",
        "project=%00", "project=", "project=%ff", "tenant=other",
    ])
    func `a query that the endpoint doesn't take is refused`(query: String) {
        #expect(throws: Problem.self) { try QueryItems(query).check(for: API.listTasks.endpoint) }
    }

    @Test(arguments: ["", "limit=1", "limit=200&status=failed", "&&limit=7&", "project=a%26b&author=%E2%82%AC"])
    func `a query that the endpoint takes is taken`(query: String) throws {
        try QueryItems(query).check(for: API.listTasks.endpoint)
    }

    @Test func `a refused query names what would be taken`() {
        #expect(throws: Problem.self) { try QueryItems("limt=5").check(for: API.listTasks.endpoint) }
        do {
            try QueryItems("limt=5").check(for: API.listTasks.endpoint)
        } catch {
            #expect(error.code == .invalidParameter)
            #expect(error.detail.contains("limt") && error.detail.contains("limit, cursor, status, project, author"))
        }
    }

    @Test(arguments: [
        ("*/*", true), ("application/json", true), ("APPLICATION/JSON", true), ("application/*;q=0.5", true),
        ("text/html, application/json;q=0.9", true), ("text/html", false), ("application/json;q=0", false),
        ("*/*, application/json;q=0", false), ("text/*", false), ("nonsense", true), ("", true), (",;,", true),
        ("application/problem+json", false),
    ])
    func `an Accept header is met or not`(accept: String, isMet: Bool) {
        #expect(MediaRanges.take(["application/json"], in: accept) == isMet)
    }
}
