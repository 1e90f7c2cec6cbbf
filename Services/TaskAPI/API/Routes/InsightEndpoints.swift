package import Contracts

extension API {
    package static let acceptance = Route<NoBody, AcceptanceReport>(
        .get, "/v1/insights/acceptance", name: "reportAcceptance", in: .insights, for: .operator,
        summary: "Shows how often people take what is suggested, and whether confidences hold",
        """
        By field and version, with 95 % intervals; for the category also the share that was taken among suggestions of like \
        confidence. What people said unseen is in the report of the hold-back. At most the latest 50,000 answers.
        """,
        parameters: range, answers: [Answer(200, "The report.", .json(AcceptanceReport.self))])

    package static let drift = Route<NoBody, DriftReport>(
        .get, "/v1/insights/drift", name: "reportDrift", in: .insights, for: .operator,
        summary: "Shows whether suggestions have moved",
        """
        The labels that are suggested for the tasks of a range beside those of the range of the same length before it, with \
        the population stability index: below .1 nothing has moved, from .25 on much has. At most 100,000 tasks of each.
        """,
        parameters: range, answers: [Answer(200, "The report.", .json(DriftReport.self))])

    package static let cost = Route<NoBody, CostReport>(
        .get, "/v1/insights/cost", name: "reportCost", in: .insights, for: .operator,
        summary: "Shows who answered, and how long it took",
        """
        Of the tasks of a range, by rung and version. What remote models cost in tokens and money is in ai-analyzer's \
        metrics. At most 100,000 tasks.
        """,
        parameters: range, answers: [Answer(200, "The report.", .json(CostReport.self))])

    private static let range: [any DescribedParameter] = [QueryParameters.since, QueryParameters.until]
}
