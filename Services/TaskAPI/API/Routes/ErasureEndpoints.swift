package import Contracts

extension API {
    package static let eraseTask = Route<NoBody, ErasureView>(
        .delete, "/v1/tasks/{id}", name: "eraseTask", in: .tasks, summary: "Erases a task",
        """
        Its author may, and operators. The text is gone from this service when the answer comes; the others follow as soon \
        as they run, and say so: see the address in `Location`. Afterwards the task answers 410. A second request gets the \
        erasure as it stands.
        """,
        parameters: [PathParameters.task],
        answers: [
            Answer(
                202, "What was erased at once, and what follows.", .json(ErasureView.self), headers: [.location],
                links: [AnswerLink(endpoint: "showErasure", pointer: "/task_id")])
        ], problems: [.taskNotFound, .erasureNotAllowed])

    package static let showErasure = Route<NoBody, ErasureView>(
        .get, "/v1/erasures/{id}", name: "showErasure", in: .tasks, summary: "Shows what has become of an erased task",
        "What each service has removed, by kind, and what no service can take back.",
        parameters: [PathParameters.erased], answers: [Answer(200, "The erasure.", .json(ErasureView.self))],
        problems: [.erasureNotFound])
}

extension RouteTable {
    static let erasures = [API.eraseTask.endpoint, API.showErasure.endpoint]
}
