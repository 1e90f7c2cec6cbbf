extension FieldNotes {
    /// Of tasks and what is suggested for them.
    static let tasks: [String: [String: String]] = [
        "TaskDraft": [
            "title": "What happened, or what is needed.",
            "body": "The description; at most 65,536 bytes of UTF-8.",
            "project": "Where it belongs; `default` if absent. A project's own tasks weigh more in its suggestions.",
            "labels": "Labels of your own.",
            "tier": "What the asking user pays for or is entitled to, in your words; routes may go by it.",
            "group": "The experiment group that you put the user in; routes may go by it.",
            "reference": "The same thing in another system, such as an issue.",
        ],
        "TaskEdit": [
            "title": "The new title.", "body": "The new description; at most 65,536 bytes of UTF-8.",
            "project": "The new project.",
        ],
        "TaskView": [
            "id": "The task's id, in the order of creation.", "tenant": "Whose it is.",
            "author": "Who created it.", "tier": "As given at the creation.", "group": "As given at the creation.",
            "reference": "The same thing in another system; absent where there is none.",
            "title": "The title at this revision.", "body": "The description at this revision.",
            "labels": "As given at the creation.",
            "status":
                "`analysing` until the analysis of this revision is there; `failed` where there is none to come.",
            "fields": "What people have set or confirmed; it goes before what is suggested.",
            "held_back":
                "True when suggestions are held back from the one who asks: then there is no analysis to see. Else absent.",
            "analysis": "What is suggested for this revision; null while it is `analysing`.",
            "updated_at": "When it last changed, its analysis included.",
        ],
        "TaskReference": [
            "system": "Which system, in one word: `github`.", "id": "Its name there: `acme/shop#12`.",
            "url": "Where people find it.",
        ],
        "TaskFields": [
            "category": "The category that a person set.", "priority": "The priority that a person set.",
            "effort": "The points that a person set.",
        ],
        "HumanField": [
            "value": "The label, or the points.",
            "source": "`accepted`: the suggestion was confirmed; `corrected`: replaced; `human`: set without one.",
            "user": "Who said so.", "at": "When.",
        ],
        "Analysis": [
            "analysis_id": "The analysis's own id.", "model_version": "The version that answered.",
            "model": "The remote model as its server named it; null for the built-in one.",
            "variant": "Which variant of the routing table the task was given to; null without remote models.",
            "rung": "The step of the ladder that answered: a remote model, the built-in one, similar tasks, rules.",
            "degraded": "Whether a lower step than the wanted one answered.", "reason": "Why it is degraded.",
            "explanation": "The remote model's own words: unchecked, for people only.",
            "flags": "What in the task reads like an instruction to a model.",
            "category": "The suggested category.", "priority": "The suggested priority.",
            "effort": "The suggested effort.", "labels": "Further labels that fit.",
            "similar": "Earlier tasks that are like this one, the most similar first.",
            "analysed_at": "When it was made.", "duration_microseconds": "Time that the model took for this task.",
        ],
        "LabelSuggestion": [
            "value": "The label.", "confidence": "How probably it is right, calibrated, 0 to 1.",
            "zone": "What to do with it: `auto` apply it, `suggest` show it, `ask` a person.",
            "distribution": "The probability of each label.", "reasons": "The terms that spoke for it, or against it.",
        ],
        "Reason": [
            "term": "A word or a phrase of the task.", "field": "Where it stands: `title` or `body`.",
            "weight": "Its share of all that spoke for the label; negative: of all that spoke against it.",
        ],
        "EffortSuggestion": [
            "points": "Story points: the median.", "low": "The lower end of the 80 % interval.",
            "high": "The upper end of it.", "confidence": "How sure, 0 to 1.",
            "enough_evidence": "False where the text says no more than the average task does.",
        ],
        "SimilarTask": [
            "title": "Its title.", "score": "How alike, 0 to 1.", "shared_terms": "Words that both have.",
        ],
        "FeedbackDraft": [
            "fields":
                "One to three judgements, each field once. `value` is needed with `corrected`: a label for `category`, "
                + "`high`, `medium` or `low` for `priority`, points from 0 to 100 for `effort`."
        ],
        "Passport": [
            "task":
                "The text that was read, the suggestions with their probabilities and evidence, and what people set.",
            "model": "The version that answered, with its figures; null for a remote model or rules.",
            "rollout": "How that version came to serve, with what it was compared; null where no rollout did it.",
            "feedback": "What people said of it, the first word first.",
            "events": "Everything else that happened to it.",
        ],
        "SimilarView": [
            "title": "Its title now.", "status": "Where it stands.", "score": "How alike, 0 to 1.",
            "shared_terms": "Words that both have.", "fields": "What people have set.",
        ],
        "ErasureView": [
            "state": "`under_way` until each service has removed its part; then `done`.",
            "erased_by": "Who asked for it.", "erased_at": "When the task went.",
            "parts": "What each service has removed.",
            "remains": "What no service can take back, and how long it stays.",
        ],
        "ErasurePart": [
            "service": "The service.", "removed": "What was removed so far, by kind.",
            "done_at": "When its part was done; null while the event waits for it.",
        ],
        "RemovedItems": ["what": "The kind of thing.", "count": "How many were removed or had the task taken out."],
        "FeedbackResult": [
            "feedback_id": "The feedback's own id.", "task": "The task as it stands now.",
        ],
    ]
}
