extension FieldNotes {
    /// Of what is sent to other systems.
    static let webhooks: [String: [String: String]] = [
        "WebhookDraft": [
            "url": "Where to post; `https` unless the settings allow `http`.", "types": "Which events, each once.",
            "description": "For people.",
        ],
        "WebhookEdit": [
            "url": "Where to post from now on.", "types": "Which events from now on.", "description": "For people.",
            "enabled":
                "False: nothing is sent, and new events are not kept for it. True: from now on, and what is pending.",
        ],
        "WebhookView": [
            "id": "The webhook's id.", "url": "Where events are posted.", "types": "Which events.",
            "description": "For people.", "enabled": "Whether events are sent.", "reason": "Why they aren't.",
            "failing_since": "Since when nothing has arrived; null while all is well.",
            "pending": "Deliveries that are still to be made; counted up to 10,000.",
            "secret": "Only in the answer that made it: nobody can read it again.",
            "previous_secret_until": "Until when the secret before signs as well; null where there is none.",
            "created_by": "Who made it.",
        ],
        "WebhookDelivery": [
            "event_id": "The event's id: `webhook-id` of each attempt.", "type": "The event's type.",
            "state": "`pending`: to be sent, or sent again at `due_at`; `failed`: not tried again by itself.",
            "attempts": "How often it was tried.", "tried_at": "When it was tried last.",
            "duration_ms": "How long that took, in milliseconds.",
            "status": "The endpoint's answer; null: there was none.",
            "error": "What was wrong, in words.", "excerpt": "How the answer began, at most 1 KiB.",
            "due_at": "When it is tried next; null where it isn't.",
        ],
        "RedeliveryDraft": [
            "event_id": "One delivery, whatever came of it.", "since": "All that have failed of events since then.",
        ],
        "DeliveriesQueued": ["queued": "How many are due now."],
    ]
}
