import Contracts

extension API {
    package static let exportLines = Route<NoBody, NoValue>(
        .get, "/v1/exports/lines/{kind}", name: "exportLines", in: .exports, for: .operator,
        summary: "Exports tasks, analyses or feedback as lines of JSON", about + " One JSON object a line.",
        parameters: parameters,
        answers: [Answer(200, "The lines, as they are read.", .text(AnswerContent.linesType))])

    package static let exportCSV = Route<NoBody, NoValue>(
        .get, "/v1/exports/csv/{kind}", name: "exportCSV", in: .exports, for: .operator,
        summary: "Exports tasks, analyses or feedback as a table",
        about
            + " CSV in UTF-8 (RFC 4180) with a header; texts that a spreadsheet would take for formulas begin with `'`.",
        parameters: parameters, answers: [Answer(200, "The rows, as they are read.", .text("text/csv"))])

    private static let about = """
        Everything of the tenant, the oldest task first, however much it is: what is created meanwhile may be in it. An answer \
        that ends without its last chunk is not whole.
        """
    private static let parameters: [any DescribedParameter] = [
        PathParameters.export, QueryParameters.project, QueryParameters.createdFrom, QueryParameters.createdBefore,
    ]
}

extension RouteTable {
    static let exports = [API.exportLines.endpoint, API.exportCSV.endpoint]
}
