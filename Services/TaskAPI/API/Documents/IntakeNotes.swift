extension FieldNotes {
    /// Of what other systems send.
    static let intake: [String: [String: String]] = [
        "IntakeSourceDraft": [
            "kind": "Which system.", "name": "For people; unique in your tenant.",
            "project": "The project of the tasks; absent: the repository's name.",
            "secret": "What that system signs with; absent: one is made. For a signing token of GitLab: `whsec_…`.",
            "labels": "What labels mean that people set there.",
        ],
        "IntakeSourceView": [
            "id": "The source's id.", "kind": "Which system.", "name": "For people.",
            "project": "The project of the tasks; null: the repository's name.",
            "labels": "What labels mean that people set there.",
            "path": "Where that system's webhook goes, on this server.",
            "secret": "Only in the answer that made the source: nobody can read it again.",
            "created_by": "Who made it.", "last_delivery_at": "When something came last whose signature was right.",
        ],
        "LabelMeaning": [
            "label": "As it stands in the other system; upper and lower case are the same.",
            "field": "The field that it says something about.", "value": "What it says.",
        ],
        "TaskSubmitted": [
            "specversion": "`1.0`.", "id": "With `source` the event's name in your tenant: it counts once.",
            "source": "Who sends it.", "type": "`task.submitted.v1`.",
            "datacontenttype": "JSON, whatever it says.",
            "correlationid": "The story that the task belongs to; absent or unusable: a new one.",
            "traceparent": "W3C trace context of the event.", "data": "The task.",
        ],
        "IntakeReceipt": [
            "outcome": "What became of it.", "reason": "Why nothing was done, or what was done differently.",
            "repeated": "True when this delivery came before: the outcome is that of the first time. Else absent.",
        ],
        "IntakeDelivery": [
            "delivery_id": "As the other system names it.", "event": "As the other system names it.",
            "outcome": "What became of it.", "received_at": "When it came.",
        ],
        "GitHubIssueHook": [
            "action": "`opened`, `edited`, `reopened` and `labeled` are taken.", "issue": "The issue as it stands.",
            "repository": "Where it is.", "sender": "Who did it; what programs label is nobody's word.",
            "label": "The label that was set.",
        ],
        "GitLabIssueHook": [
            "object_kind": "`issue`.", "user": "Who did it.", "project": "Where it is.",
            "object_attributes": "The issue as it stands; the actions `open`, `update` and `reopen` are taken.",
            "labels": "The labels it has.",
            "changes": "What was changed; labels that were added are that person's word.",
        ],
    ]
}
