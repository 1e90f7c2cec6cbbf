package import Contracts

extension API {
    package static let giveFeedback = Route<FeedbackDraft, FeedbackResult>(
        .post, "/v1/tasks/{id}/feedback", name: "giveFeedback", in: .feedback,
        summary: "Accepts or corrects what is suggested",
        """
        Each field once. `corrected` needs a `value`: for `category` any label (once your team has \
        changed its labels: one of those, also by a name of before), for `priority` `high`, `medium` or \
        `low`, for `effort` points from 0 to 100. `accepted` needs a suggestion of the current revision, and a \
        `value` beside it must be that suggestion. What people say trains the next model.
        """,
        parameters: [PathParameters.task],
        body: .json(
            FeedbackDraft.self, upTo: RequestLimits.smallBytes,
            example: FeedbackDraft(fields: [.init(field: .priority, verdict: .corrected, value: .text("high"))])),
        isRepeatable: true,
        answers: [Answer(202, "The task as it stands with the feedback.", .json(FeedbackResult.self))],
        problems: [.taskNotFound, .taskErased, .nothingToAccept, .labelNotActive])

    package static let streamTasks = Route<NoBody, NoValue>(
        .get, "/v1/events", name: "streamEvents", in: .streams, summary: "Streams the events of the caller's tasks",
        """
        Server-Sent Events (WHATWG HTML 9.2): what happens from now on to the tasks that the caller created, and each \
        change of the model that serves. `event:` is the type, `data:` the value described here, `id:` a position for \
        `Last-Event-ID`. After `event: reset` fetch anew what you show. A comment comes every 15 s. \
        `analysis.progressed.v1` has no `id:` and is not told again.
        """,
        parameters: [
            CallParameters.tenantInQuery, CallParameters.userInQuery, HeaderParameters.lastEventID,
        ],
        answers: [
            Answer(200, "The stream; it ends with the connection.", .events(SchemaName(StreamedEvent.self)))
        ])

    package static let streamTask = Route<NoBody, NoValue>(
        .get, "/v1/tasks/{id}/events", name: "streamTaskEvents", in: .streams,
        summary: "Streams one task's story", "The story so far, then what comes, as `/v1/events` sends it.",
        parameters: [
            PathParameters.task, CallParameters.tenantInQuery, CallParameters.userInQuery,
            HeaderParameters.lastEventID,
        ],
        answers: [
            Answer(200, "The stream; it ends with the connection.", .events(SchemaName(StreamedEvent.self)))
        ], problems: [.taskNotFound, .taskErased])
}

extension RouteTable {
    static let feedback = [API.giveFeedback.endpoint]
    static let streams = [API.streamTasks.endpoint, API.streamTask.endpoint]
}
