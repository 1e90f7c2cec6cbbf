import TaskAPICore
import Testing

@Suite struct NextPageTests {
    @Test(arguments: [
        ([("project", "shop")], "/v1/tasks?project=shop&cursor=t.1"),
        (
            [("project", "a&b=c> ;\r\nX: €"), ("cursor", "t.0"), ("limit", "20")],
            "/v1/tasks?project=a%26b%3Dc%3E%20%3B%0D%0AX%3A%20%E2%82%AC&limit=20&cursor=t.1"
        ),
        ([], "/v1/tasks?cursor=t.1"),
    ])
    func `the next page has this page's query, whatever is in it`(query: [(String, String)], address: String) {
        #expect(NextPage.address(of: "/v1/tasks", query: query.map { ($0.0, $0.1) }, cursor: "t.1") == address)
    }
}
