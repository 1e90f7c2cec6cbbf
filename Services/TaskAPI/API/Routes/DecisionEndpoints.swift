package import Contracts

extension API {
    package static let reanalyse = Route<NoBody, TaskView>(
        .post, "/v1/tasks/{id}/analysis", name: "reanalyseTask", in: .tasks, summary: "Asks for a new analysis",
        """
        By what serves now, from the text as it stands: the revision rises by one, as with an edit that changes nothing. \
        What people have set stays.
        """,
        parameters: [PathParameters.task], isRepeatable: true,
        answers: [Answer(202, "The task with its new revision.", .json(TaskView.self), headers: [.entityTag])],
        problems: [.taskNotFound, .taskErased])

    package static let similar = Route<NoBody, Page<SimilarView>>(
        .get, "/v1/tasks/{id}/similar", name: "showSimilar", in: .tasks, summary: "Lists similar tasks",
        "Those that the analysis of the current revision found, as they stand now; none while it is `analysing`.",
        parameters: [PathParameters.task],
        answers: [
            Answer(200, "The tasks, the most similar first; always one page.", .json(Page<SimilarView>.self))
        ], problems: [.taskNotFound, .taskErased])

    package static let passport = Route<NoBody, Passport>(
        .get, "/v1/tasks/{id}/passport", name: "showPassport", in: .tasks,
        summary: "Shows everything about one decision",
        """
        The text that was read and its revision; who answered (version, rung, variant of the route) and why not the wanted \
        one; each suggestion with its probabilities, its evidence and the zone that its thresholds put it in; the version's \
        figures and what led to it; what people said; and the ids of all events that it came from.
        """,
        parameters: [PathParameters.task], answers: [Answer(200, "The passport.", .json(Passport.self))],
        problems: [.taskNotFound, .taskErased])
}

extension RouteTable {
    static let decisions = [API.reanalyse.endpoint, API.similar.endpoint, API.passport.endpoint]
}
