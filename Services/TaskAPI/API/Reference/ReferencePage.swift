import Contracts

/// The reference for people: every endpoint with its parameters, bodies, answers and refusals.
package enum ReferencePage {
    package static func html() -> String {
        let groups = EndpointGroup.allCases.map { group in (group, RouteTable.all.filter { $0.group == group }) }
        let contents: HTML = """
            <ul>\(.joined(groups.map { group, endpoints in
                """
                <li><span class="chapter">\(group.rawValue)</span><ul>\(.joined(endpoints.map { "<li><a href=\"#\($0.name)\">\($0.summary)</a></li>" }))</ul></li>
                """
            }))<li><a class="chapter" href="#types">Types</a></li></ul>
            """
        return DocumentPage.html(
            title: "Reference", contents: contents,
            main: """
                <h1>Reference</h1>\(HTML(markdown: Preface.text))
                <section class="card entry" id="headers"><h3>Headers of each request under <code>/v1</code></h3>
                <p class="hint">All may be left out.</p>\(table(CallParameters.all))</section>
                \(.joined(groups.map { group, endpoints in
                    "<h2 class=\"chapter-head\">\(group.rawValue)</h2>\(.joined(endpoints.map(section)))"
                }))
                <h2 class="chapter-head" id="types">Types</h2>\(TypeTables.all())
                """)
    }

    private static func section(_ endpoint: Endpoint) -> HTML {
        """
        <section class="card entry" id="\(endpoint.name)">
          <h3><span class="method \(endpoint.method.rawValue.lowercased())">\(endpoint.method.rawValue)</span> <code>\(endpoint.path)</code></h3>
          <p class="lead">\(endpoint.summary)</p>
          \(HTML(markdown: endpoint.description))
          \(role(endpoint.role))\(parameters(endpoint))\(body(endpoint))\(answers(endpoint))
        </section>
        """
    }

    private static func role(_ role: Endpoint.Role) -> HTML {
        role == .operator ? "<p class=\"hint\">For operators.</p>" : ""
    }

    private static func parameters(_ endpoint: Endpoint) -> HTML {
        let shared = Set(CallParameters.all.map(\.name))
        let own = endpoint.parameters.filter { !shared.contains($0.name) }
        guard !own.isEmpty else { return "" }
        return "<h4>Parameters</h4>\(table(own))"
    }

    private static func table(_ parameters: [ParameterDescription]) -> HTML {
        """
        <div class="scroll"><table><thead><tr><th>Name</th><th>In</th><th>Value</th><th>Meaning</th></tr></thead>
            <tbody>\(.joined(parameters.map { one in
                """
                <tr><td><code>\(one.name)</code></td><td>\(one.place.rawValue)</td><td>\(TypeTables.type(one.schema))</td><td>\(HTML(inline: one.summary))</td></tr>
                """
            }))</tbody></table></div>
        """
    }

    private static func body(_ endpoint: Endpoint) -> HTML {
        guard let body = endpoint.body else { return "" }
        return """
            <h4>Body</h4><p><a href="#type-\(body.schema.text)"><code>\(body.schema.text)</code></a>, \(body.isLines ? "one a line" : "JSON"), at most \(size(body.limitBytes)).</p>
            <pre tabindex="0"><code>curl -s http://127.0.0.1:8080\(endpoint.path)\(endpoint.method == .post ? "" : " -X " + endpoint.method.rawValue) -H 'Content-Type: \(body.mediaType)' \\
              -d '\(body.example.text())'</code></pre>
            """
    }

    private static func answers(_ endpoint: Endpoint) -> HTML {
        let problems = Dictionary(grouping: endpoint.allProblems, by: \.httpStatus).sorted { $0.key < $1.key }
        return """
            <h4>Answers</h4><ul class="answers">\(.joined(endpoint.answers.map { answer in
                "<li><span class=\"status good\">\(answer.status)</span> \(content(answer.content)) \(HTML(inline: answer.description))</li>"
            }))<li class="refusals">\(.joined(problems.map { status, codes in
                """
                <span><span class="status">\(status)</span> \(.joined(codes.map { "<a href=\"/docs/errors#\($0.rawValue)\"><code>\($0.rawValue)</code></a> " }))</span>
                """
            }))</li></ul>
            """
    }

    private static func size(_ bytes: Int) -> String {
        bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
    }

    private static func content(_ content: AnswerContent) -> HTML {
        switch content {
        case .json(let name): "<a href=\"#type-\(name.text)\"><code>\(name.text)</code></a>:"
        case .events(let name):
            "<code>text/event-stream</code> of <a href=\"#type-\(name.text)\"><code>\(name.text)</code></a>:"
        case .text(let type): "<code>\(type)</code>:"
        case .lines(let name):
            "<code>application/x-ndjson</code> of <a href=\"#type-\(name.text)\"><code>\(name.text)</code></a>:"
        case .nothing: ""
        }
    }
}
