import Contracts

/// Every error code with its status, its meaning and what to do: where the `type` of a problem leads.
package enum ErrorPage {
    package static func html() -> String {
        DocumentPage.html(
            title: "Errors",
            contents:
                "<ul>\(.joined(ErrorCode.allCases.map { "<li><a href=\"#\($0.rawValue)\"><code>\($0.rawValue)</code></a></li>" }))</ul>",
            main: """
                <h1>Errors</h1>
                <p>The same codes are in the answers over HTTP (<code>code</code>), in events, dead letters and logs
                (<code>error_code</code>), and in the exit messages of <code>triagectl</code>. A code never changes its
                meaning; new ones may come.</p>
                \(.joined(ErrorCode.allCases.map(entry)))
                """)
    }

    private static func entry(_ code: ErrorCode) -> HTML {
        let endpoints = RouteTable.all.filter { $0.problems.contains(code) }
        let places: HTML =
            endpoints.isEmpty
            ? ""
            : "<dt>Of</dt><dd>\(.joined(endpoints.map { "<a href=\"/docs#\($0.name)\"><code>\($0.method.rawValue) \($0.path)</code></a> " }))</dd>"
        return """
            <section class="card entry" id="\(code.rawValue)">
              <h2><code>\(code.rawValue)</code> <span class="status">\(code.httpStatus)</span></h2>
              <p class="lead">\(code.title)</p>
              <dl class="facts-list"><dt>When</dt><dd>\(HTML(inline: code.meaning))</dd>
              <dt>What to do</dt><dd>\(HTML(inline: code.remedy))</dd>
              <dt>The same again</dt><dd>\(code.isRetriable ? "may succeed a little later" : "fails again")</dd>\(places)</dl>
            </section>
            """
    }
}
