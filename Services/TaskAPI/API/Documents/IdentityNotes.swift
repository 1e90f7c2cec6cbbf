extension FieldNotes {
    /// Of callers and API keys.
    static let identity: [String: [String: String]] = [
        "APIKeyDraft": [
            "name": "What the key is for, for the list.",
            "user": "Who acts with the key, the author of what it creates; the key's name if absent.",
            "role": "`user` if absent. An `operator` may do all that a user may.",
            "acts_for_users":
                "Whether requests may name another user in `X-User-ID`: for a product that says which of its users acts.",
            "expires_at": "When the key ends by itself; not in the past. Absent: it doesn't.",
        ],
        "APIKeyRotation": [
            "overlap_seconds":
                "How long the secret before goes on, at most 30 days; 86,400 (a day) if absent, 0: not at all."
        ],
        "APIKeyView": [
            "id": "The key's id.", "name": "What the key is for.",
            "prefix": "How its latest secret begins, to recognise it by.",
            "tenant": "Whose tasks it reaches.", "user": "Who acts with it.", "role": "What it may do.",
            "acts_for_users": "Whether requests may name another user in `X-User-ID`.",
            "created_by": "Who made it.", "last_used_at": "When it was last used, to the minute; null: never.",
            "expires_at": "When it ends by itself; null: it doesn't.",
            "revoked_at": "When it was ended; null: it wasn't.",
        ],
        "APIKeyIssued": [
            "key": "The key.", "secret": "What to send after `Bearer`. Shown this once: only its hash is kept.",
            "previous_valid_until": "Until when the secret before goes on; null for a key's first one.",
        ],
        "CallerView": [
            "tenant": "Whose tasks the caller reaches.", "user": "Who the caller is, or acts for.",
            "role": "What the caller may do.",
            "means":
                "How the service knows: by an `api_key`, by a `token`, or not at all (`believed`: what the headers say).",
        ],
    ]
}
