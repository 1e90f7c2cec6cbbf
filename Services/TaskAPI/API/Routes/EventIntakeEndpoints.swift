package import Contracts

extension API {
    package static let takeEvents = Route<TaskSubmitted, BatchResult>(
        .post, "/v1/intake/events", name: "takeEvents", in: .intake,
        summary: "Takes CloudEvents that hand in tasks",
        """
        CloudEvents 1.0 over HTTP of the type `task.submitted.v1`, whose `data` is what `POST /v1/tasks` takes: \
        structured (`application/cloudevents+json`), a batch of them (`application/cloudevents-batch+json`), or binary \
        (`application/json` with `ce-specversion`, `ce-id`, `ce-source` and `ce-type` as headers). `source` and `id` \
        together name an event in your tenant: one that comes again makes no second task. Of a batch each item is \
        answered by itself: 202 for a new task, 200 for one that is there already, else its problem.
        """,
        parameters: [
            HeaderParameters.eventVersion, HeaderParameters.eventID, HeaderParameters.eventSource,
            HeaderParameters.eventType, HeaderParameters.eventCorrelation,
        ],
        body: .events(TaskSubmitted.self, upTo: RequestLimits.batchBytes, example: .example),
        answers: [Answer(202, "What became of each event, in the order of the request.", .json(BatchResult.self))],
        problems: [.batchTooLarge, .unknownEventType, .invalidEvent])
}

/// Media types of CloudEvents in JSON.
package enum MediaTypes {
    package static let cloudEvent = "application/cloudevents+json"
    package static let cloudEventBatch = "application/cloudevents-batch+json"
}

extension HeaderParameters {
    package static let eventVersion = Parameter<String>.hint(
        .header, "ce-specversion", "In binary mode: `1.0`. In other modes these headers don't count.")
    package static let eventID = Parameter<String>.hint(.header, "ce-id", "In binary mode: the event's id.")
    package static let eventSource = Parameter<String>.hint(.header, "ce-source", "In binary mode: who sends it.")
    package static let eventType = Parameter<String>.hint(.header, "ce-type", "In binary mode: `task.submitted.v1`.")
    package static let eventCorrelation = Parameter<String>.hint(
        .header, "ce-correlationid", "In binary mode: the story that the task belongs to.")
}
