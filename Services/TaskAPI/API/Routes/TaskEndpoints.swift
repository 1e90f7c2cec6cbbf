package import Contracts

/// The declarations of all routes, in the order of the reference.
package enum API {
    package static let createTask = Route<TaskDraft, TaskView>(
        .post, "/v1/tasks", name: "createTask", in: .tasks, summary: "Creates a task",
        """
        The answer comes once the task is stored; its analysis follows within moments, by event stream or in the task \
        itself. Until then the task is `analysing`. A U+0000 in title or body becomes U+FFFD.
        """,
        body: .json(
            TaskDraft.self, upTo: RequestLimits.draftBytes,
            example: TaskDraft(
                title: "Checkout crashes on an empty cart",
                body: "Open the cart, remove the last item, press Pay: error 500.", project: "shop")),
        isRepeatable: true,
        answers: [
            Answer(
                202, "The task is stored.", .json(TaskView.self), headers: [.location], links: AnswerLink.task("/id"))
        ], problems: [.taskErased])

    package static let createBatch = Route<[TaskDraft], BatchResult>(
        .post, "/v1/tasks/batch", name: "createTasks", in: .tasks, summary: "Creates up to 10,000 tasks",
        """
        Each item is checked by itself: those that break a rule are answered with their problem and the others are \
        stored, several hundred in a transaction (with an `Idempotency-Key` all in one). Each task begins a story of its own; all share the trace.
        """,
        body: .array(
            of: TaskDraft.self, upTo: RequestLimits.batchBytes,
            example: [
                TaskDraft(title: "Dark mode for the settings page", project: "web"),
                TaskDraft(title: "How do I export my data?", project: "web"),
            ]),
        isRepeatable: true,
        answers: [Answer(202, "What became of each item, in the order of the request.", .json(BatchResult.self))],
        problems: [.batchTooLarge])

    package static let importTasks = Route<TaskDraft, NoValue>(
        .post, "/v1/tasks/import", name: "importTasks", in: .tasks,
        summary: "Creates up to 10,000 tasks from a stream of lines",
        """
        NDJSON: one draft a line, stored part by part while it is read. The answer comes when all of it was read, one line \
        for each of the request's that isn't empty, in their order; a line that is no draft has its problem and the others \
        go on. When the database goes away in between, the rest is answered 503: with an `Idempotency-Key`, send the same \
        lines again, and what is stored is not stored twice.
        """,
        body: .lines(
            of: TaskDraft.self, upTo: RequestLimits.importBytes,
            example: TaskDraft(title: "Dark mode for the settings page", project: "web")),
        isRepeatable: true,
        answers: [Answer(202, "What became of each line.", .lines(SchemaName(BatchItem.self)))])

    package static let listTasks = Route<NoBody, Page<TaskView>>(
        .get, "/v1/tasks", name: "listTasks", in: .tasks, summary: "Lists and searches tasks",
        """
        A page at a time. The next one is at the address in `Link`, or at this one with `cursor=` the `next_cursor`, which \
        is good for the same filters and order only. Tasks that are added meanwhile move nothing.
        """,
        parameters: [
            QueryParameters.limit, QueryParameters.cursor, QueryParameters.status, QueryParameters.project,
            QueryParameters.author, QueryParameters.label, QueryParameters.category, QueryParameters.priority,
            QueryParameters.createdFrom, QueryParameters.createdBefore, QueryParameters.search, QueryParameters.sort,
        ],
        answers: [
            Answer(
                200, "A page of tasks.", .json(Page<TaskView>.self), headers: [.nextPage],
                links: AnswerLink.task("/items/0/id"))
        ])

    package static let showTask = Route<NoBody, TaskView>(
        .get, "/v1/tasks/{id}", name: "showTask", in: .tasks, summary: "Shows a task",
        "With the analysis of its current revision, once it is there, and with what people have set.",
        parameters: [PathParameters.task, HeaderParameters.ifNoneMatch],
        answers: [
            Answer(200, "The task.", .json(TaskView.self), headers: [.entityTag]),
            Answer(304, "It is what you have.", .nothing, headers: [.entityTag]),
        ],
        problems: [.taskNotFound, .taskErased])

    package static let editTask = Route<TaskEdit, TaskView>(
        .patch, "/v1/tasks/{id}", name: "editTask", in: .tasks, summary: "Edits a task",
        """
        What is absent stays. The revision rises by one and the task is analysed anew; what people have set stays. With \
        `If-Match` only if nobody has changed it meanwhile.
        """,
        parameters: [PathParameters.task, HeaderParameters.ifMatch],
        body: .json(
            TaskEdit.self, upTo: RequestLimits.draftBytes,
            example: TaskEdit(title: "Checkout crashes on an empty cart (again)")),
        answers: [Answer(202, "The task with its new revision.", .json(TaskView.self), headers: [.entityTag])],
        problems: [.taskNotFound, .taskErased, .revisionConflict])

    package static let timeline = Route<NoBody, Page<TimelineItem>>(
        .get, "/v1/tasks/{id}/timeline", name: "showTimeline", in: .tasks, summary: "Shows a task's whole story",
        "Every event that concerns the task, the oldest first, with the ids that join them.",
        parameters: [PathParameters.task],
        answers: [Answer(200, "The events; always one page.", .json(Page<TimelineItem>.self))],
        problems: [.taskNotFound, .taskErased])
}

extension AnswerLink {
    /// What can be asked of a task whose id is there.
    static func task(_ pointer: String) -> [AnswerLink] {
        [
            "showTask", "editTask", "showTimeline", "giveFeedback", "eraseTask", "showPassport", "showSimilar",
            "reanalyseTask",
        ].map {
            AnswerLink(endpoint: $0, pointer: pointer)
        }
    }
}

extension RouteTable {
    static let tasks = [
        API.createTask.endpoint, API.createBatch.endpoint, API.importTasks.endpoint, API.listTasks.endpoint,
        API.showTask.endpoint,
        API.editTask.endpoint, API.timeline.endpoint,
    ]
}
