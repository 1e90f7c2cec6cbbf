extension FieldNotes {
    /// Of answers that are no task.
    static let answers: [String: [String: String]] = [
        "Problem": [
            "type": "Where the code is explained.", "title": "The code's constant text.", "status": "The HTTP status.",
            "detail": "What is wrong with this request, for a person.", "instance": "The request's path.",
            "code": "For programs: never changes its meaning.",
            "retryable": "Whether the same request may succeed a little later.", "errors": "Each rule that was broken.",
        ],
        "BrokenRule": [
            "pointer": "Where, as a JSON pointer (RFC 6901) into the body; empty for the whole of it.",
            "detail": "What is wrong there.", "code": "The kind of fault.",
        ],
        "BatchResult": [
            "items": "One for each item of the request, in its order.", "accepted": "How many became tasks.",
            "rejected": "How many did not.",
        ],
        "BatchItem": [
            "index": "The item's place in the request, from 0.",
            "status": "What the item alone would be answered with.",
            "id": "The new task's id.", "location": "The new task's address.", "problem": "Why there is no task.",
        ],
        "TimelineItem": [
            "event_id": "The event's id.", "type": "The event's type.", "time": "When it happened.",
            "causation_id": "The event that directly caused this one.",
            "summary": "The event in brief; its members depend on the type.",
        ],
        "StreamedEvent": [
            "event_id": "The event's id.", "type": "The event's type, as `event:` has it.", "time": "When it happened.",
            "analysis": "What `analysis.completed.v1` brings.",
            "summary": "The event in brief; its members depend on the type.",
        ],
        "RequestSent": ["event_id": "The event that carries the request."],
        "RolloutDraft": [
            "action": "`promote` a version, or `rollback` to the one before.", "version": "Needed to promote.",
            "reason": "For the history: who reads it later wants to know.",
        ],
        "RolloutCommandDraft": [
            "action": "What to do with the rollout.", "reason": "For the history.",
        ],
        "TrainingDraft": [
            "reason": "For the history.", "accept": "Names of data checks whose failure is taken for right.",
            "past_gate": "Whether the new version may go out though the gate finds it worse.",
        ],
        "ReplayDraft": [
            "id": "Of your choice, so that the request can be sent again; absent: the service's.",
            "candidate": "A version that is registered.", "since": "Tasks created from then on; not in the future.",
            "project": "Only tasks of this project.", "limit": "Most tasks, the latest ones; 10,000 if absent.",
        ],
    ]
}
