extension FieldNotes {
    /// Of models, rollouts, trainings and replays.
    static let learning: [String: [String: String]] = [
        "ModelList": [
            "items": "The versions, the newest first.",
            "serving": "What serves now; null until the training side has said so.",
        ],
        "ModelView": [
            "parent": "The version it was trained on from.", "state": "Where it stands.",
            "metrics": "Its figures on held-out tasks.", "registered_at": "When it was registered.",
        ],
        "RolloutView": [
            "standing": "Where it stands.", "reason": "Of the last change.",
            "generation": "Rises with each change of what serves.", "started_at": "When it began.",
            "changes": "All changes, the first one first; only of a single rollout.",
        ],
        "RolloutStanding": [
            "rollout_id": "The rollout.", "training_id": "The training that made the challenger.",
            "challenger": "The version that wants to serve.", "champion": "The version it is compared with.",
            "status": "`shadow`: it answers unseen; `canary`: some users have it; then `promoted` or `rolled_back`.",
            "is_paused": "Nothing happens by itself but a rollback for harm.",
            "share_percent": "Percentage of the users who have the challenger.",
            "experiment": "Which users those are: it salts the buckets.",
            "cause": "Why it stands there, as a stable word.", "plan": "How the plan was chosen.",
            "answers": "Answers that people judged.", "analyses": "Analyses that were made, in shadow too.",
        ],
        "ArmCounts": ["champion": "Of the champion.", "challenger": "Of the challenger."],
        "RolloutChanged": [
            "champion": "The version that serves.", "previous": "The one before, which a rollback returns to.",
            "generation": "Rises with each change: a lower number is stale.",
            "rollout": "Where the rollout stands; null for a person's promotion or rollback without one.",
        ],
        "TrainingChanged": [
            "training_id": "The training.", "state": "The state it reached.",
            "reason": "Why, with the numbers: the rule that fired, the gate's verdict, the error.",
            "examples": "Tasks that it learns from.", "candidate_version": "The version that it made.",
            "champion_version": "The version it was measured against.", "metrics": "Figures by name.",
            "checks": "What the checks of the data found; only of a single training.",
            "decision": "What the gate decided and by what; only of a single training.",
        ],
        "DataCheck": [
            "name": "Which check, e.g. `label-leak`.", "level": "How much it matters.",
            "observed": "The number that the limits are about.", "text": "What was seen, with its numbers.",
            "limit": "The limit that decided.", "meaning": "What the number says about the data.",
            "action": "What to do about it; empty where there is nothing to do.",
        ],
        "GateDecision": [
            "verdict": "Whether the challenger may serve.", "reason": "The findings that decided, in one line.",
            "tasks": "Held-out tasks.", "groups": "The same with near copies counted once.",
            "samples": "Bootstrap samples behind each interval.", "confidence": "Of the intervals, e.g. 0.9.",
            "omitted_slices": "Slices with enough tasks that were not looked at because there are so many.",
            "findings": "Every figure.",
        ],
        "GateFinding": [
            "slice": "`all`, or e.g. `project:payments`.", "measure": "What was measured, e.g. `category accuracy`.",
            "protected": "Whether it may not get worse.",
            "level": "`failure` rejects; `warning` is worse than it should be; `note`: too little to judge by.",
            "tasks": "Tasks behind the figure.", "champion": "The champion's figure.",
            "challenger": "The challenger's figure.", "low": "Lower end of the difference, challenger less champion.",
            "high": "Upper end of it.", "chance": "Share of the samples in which the challenger is no worse.",
            "limit": "How far the difference may go to the wrong side.", "rule": "The rule that decided, in words.",
        ],
        "ReplayView": [
            "id": "The replay's id.", "state": "Where it stands.", "reason": "Why it failed.",
            "candidate": "The version that answers unseen.", "since": "Tasks created from then on.",
            "until": "Tasks created up to then: the request's time.", "limit": "Most tasks.",
            "tasks": "Tasks that the candidate has answered so far.", "fields": "Counts by field.",
            "differences": "Tasks that would differ, the latest first; bounded, the counts are not.",
            "omitted": "Differences that are not shown.",
        ],
        "ReplayField": [
            "field": "The field.", "shown": "Tasks for which a value was shown.",
            "differ": "Tasks for which the candidate says something else: the sum of the next four.",
            "won": "By what a person said, only the candidate is right.", "lost": "Only what was shown is right.",
            "ties": "Both are wrong, or equally far.", "no_truth": "Nobody has judged it.",
            "lost_to_accepted": "Of the lost ones: a person accepted what was shown.",
        ],
        "HoldBackReport": [
            "share_percent": "Percent of the users from whom suggestions are held back now; 0: from nobody.",
            "since": "Answers from then on.", "until": "Answers up to then.",
            "items": "For each field first all versions together, then each version, the latest first.",
        ],
        "HoldBackComparison": [
            "field": "The field.", "model_version": "Whose suggestions; null: of all versions together.",
            "shown": "People who saw the suggestion.",
            "blind": "People who didn't: the accuracy as people judge it by themselves.",
            "difference": "Shown less blind, in shares; null while there are too few answers.",
            "verdict": "What the comparison allows to say.",
            "explanation": "The verdict in a sentence, with its numbers.",
        ],
        "AgreementRate": [
            "people": "Who answered.", "answers": "What they answered.",
            "agreed": "Answers that say the same as the suggestion.", "share": "0 to 1; null without answers.",
            "low": "The lower end of the 95 % interval; null while there is too little for one.",
            "high": "The upper end of it.",
        ],
        "ShareDifference": [
            "value": "The difference.", "low": "The lower end of its 95 % interval.", "high": "The upper end of it.",
        ],
        "AcceptanceReport": [
            "since": "Answers from then on.", "until": "Answers up to then.",
            "is_whole": "Whether all answers of the range are counted; else the latest 50,000.",
            "items": "For each field first all versions together, then each version.",
            "calibration": "Suggestions of a category by their confidence, in tenths.",
        ],
        "AcceptanceRate": [
            "field": "The field.", "model_version": "Whose suggestions; null: of all versions together.",
            "accepted": "Suggestions that were confirmed.", "corrected": "Suggestions that were replaced.",
            "unsuggested": "Values that people set where nothing was suggested.",
            "share": "Accepted ones of both, 0 to 1; null without answers.",
            "low": "The lower end of its 95 % interval.", "high": "The upper end of it.",
        ],
        "CalibrationBin": [
            "from": "Confidences from there.", "to": "Confidences up to there.", "answers": "How many were judged.",
            "claimed": "The mean of their confidences.", "taken": "The share of them that people took.",
        ],
        "DriftReport": [
            "since": "Tasks created from then on.", "until": "Tasks created before then.",
            "tasks": "Tasks of the range that have suggestions.",
            "tasks_before": "Those of the range of the same length before it.",
            "is_whole": "Whether all of both are counted; else the latest 100,000 of each.", "items": "By field.",
        ],
        "FieldDrift": [
            "field": "The field.",
            "stability_index": "The population stability index; null while either range has fewer than 100 tasks.",
            "labels": "Each label's share.",
        ],
        "LabelShare": [
            "label": "The label.", "share": "In the range.", "share_before": "In the range before it.",
        ],
        "CostReport": [
            "since": "Tasks created from then on.", "until": "Tasks created before then.",
            "is_whole": "Whether all of the range are counted; else the latest 100,000.",
            "items": "By rung and version, the most analyses first.",
        ],
        "AnsweringCost": [
            "rung": "The step of the ladder that answered.", "model_version": "The version that answered.",
            "analyses": "How many.", "degraded": "Of them those where a lower step than the wanted one answered.",
            "seconds": "Time that they took, together.",
        ],
        "ReplayDifference": [
            "title": "The task's title.", "field": "The field.", "shown": "What was shown.",
            "candidate": "What the candidate says; null: nothing.", "truth": "What a person said.",
            "outcome": "Who was right.",
        ],
    ]
}
