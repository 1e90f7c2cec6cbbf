extension FieldNotes {
    /// Of a team's categories.
    static let labels: [String: [String: String]] = [
        "LabelSetView": [
            "version": "Of the set: rises by one with each change; 0 before the first.",
            "labels": "Each name that is in use or was.", "changed_by": "Who made the last change.",
        ],
        "LabelView": [
            "value": "The name.", "description": "What it is for; remote models are told.",
            "state":
                "`active`: in use; `renamed`, `merged`: it counts as another one; `retired`: neither suggested nor taken.",
            "into": "What it was renamed to or merged into at the time.",
            "former_names": "Names of before that lead to it today.",
            "tasks": "How many of the 10,000 newest tasks show it.",
        ],
        "LabelChangeDraft": [
            "action": "What to do.", "labels": "To which labels; `add` and `rename` take one.",
            "into": "The new name (`rename`), or a label in use (`merge`).",
            "description": "What the label is for that comes of it; absent: as it was.",
            "version": "Only if the set is at this version, else 412.",
        ],
        "LabelChangeView": [
            "version": "Of the set that it made.", "action": "What was done.", "labels": "To which labels.",
            "into": "What became of them.", "description": "What the label is for that came of it.",
            "changed_by": "Who did it.", "event_id": "The event `labels.changed.v1` that tells of it.",
        ],
    ]
}
