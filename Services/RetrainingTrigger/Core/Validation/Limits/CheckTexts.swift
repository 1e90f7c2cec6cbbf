extension CheckName {
    /// What the check's number is, and what a bad one says.
    package var meaning: String {
        switch self {
        case .minimumSize: "Tasks that can be trained on. From a handful nothing is learned and nothing can be judged."
        case .labelValues: "Share of labels outside of what the field allows. They would be left out silently."
        case .emptyText: "Share of tasks with next to no words. Their labels teach the model to guess."
        case .longText: "Share of texts over 20,000 bytes, mostly pasted logs. Their words drown all others."
        case .rareLabel:
            "Share of tasks whose category nobody else knows and fewer than three tasks have: typos mostly."
        case .labelBalance: "Share of the most frequent label. A model of such data says that label always."
        case .vanishedLabel:
            "How much of a label is missing against the last accepted snapshot, 1 is all. The model would unlearn it."
        case .duplicates: "Share of tasks that are near copies of another. They count several times over."
        case .splitOverlap:
            "Share of held-out tasks with a near copy among those trained on. The comparison would reward memory."
        case .conflictingCopies:
            "Share of near copies with different labels. People don't agree, or labels are mixed up."
        case .labelLeak:
            "Share of a label's tasks that carry a mark which all but gives the label away. The model learns the mark and "
                + "fails where it is missing."
        case .labelNoise:
            "Estimated share of wrong labels, by cross-validation (confident learning, Northcutt, Jiang and Chuang 2021). "
                + "Hard data have some too."
        case .userNoise:
            "How much more often one person's labels are contradicted by a model of everybody else's than theirs are."
        case .userShare: "Share of the training's weight that one person's labels have. The model will think like them."
        case .userSkew:
            "How far one person's mix of labels is from what everybody else's labels predict for the same tasks (total "
                + "variation distance), for people above half of the limit of user-share."
        case .foreignText:
            "Share of texts in a language or script that the shipped model hardly knows a word of, above the last "
                + "accepted snapshot's share."
        case .inputDrift:
            "Population stability index of texts (script, length, words) against the last accepted snapshot: .1 is a "
                + "moderate shift, .25 a major one."
        case .labelDrift: "Population stability index of the labels against the last accepted snapshot."
        case .suggestionDrift:
            "Population stability index of what the model suggested, against the last accepted snapshot."
        case .timeOrder:
            "Share of judgements with impossible times: before their task was made, later than they were written down, or "
                + "after the training began. What wasn't known then must not train."
        case .provenance: "Share of automatic labels among all. They repeat the model; only people's labels teach."
        case .anchoring:
            "Share of accepted suggestions among all answers to one. People who always agree may not be looking."
        }
    }

    /// What a person can do about a bad number.
    package var action: String {
        switch self {
        case .minimumSize: "Give feedback on more tasks, or raise TRAINING_MINIMUM_FEEDBACK."
        case .labelValues: "Find out who sends these values; correct the tasks' labels."
        case .emptyText: "Look for an integration that creates tasks without text; erase or edit those tasks."
        case .longText: "Ask for logs as attachments; edit the tasks if it is one template."
        case .rareLabel: "Correct the labels to those in use, or give the new one more examples."
        case .labelBalance: "Have people judge tasks of the other labels too."
        case .vanishedLabel:
            "If the label was given up on purpose, \(Self.accept("vanished-label")); else restore the judgements."
        case .duplicates: "Look for an import that ran twice or a bot; erase the copies."
        case .splitOverlap: "Erase the copies; if tasks really repeat each other, \(Self.accept("split-overlap"))."
        case .conflictingCopies: "Agree on what these tasks are and correct the labels of the pairs named."
        case .labelLeak:
            "If triage writes the mark, take it out of the texts; if it is there when a task is created, "
                + "\(Self.accept("label-leak"))."
        case .labelNoise: "Look through some tasks of each category together; agree on what each label means."
        case .userNoise: "Look through this person's judgements; undo what is wrong and ask why."
        case .userShare: "Have more people judge. With three or more of them the cap on influence helps by itself."
        case .userSkew: "Compare some of this person's judgements with a colleague's view of the same tasks."
        case .foreignText:
            "If the tasks are yours, \(Self.accept("foreign-text")); else stop whoever floods the project."
        case .inputDrift:
            "Look what is new: a project, a template, a language. If it is meant, \(Self.accept("input-drift"))."
        case .labelDrift: "If work has changed, \(Self.accept("label-drift")); else look who labels differently."
        case .suggestionDrift: "Look at the serving model's answers: a new version, or tasks unlike those before."
        case .timeOrder: "Set the clocks of the machines; look for an import with wrong times."
        case .provenance: "Have people judge tasks: automatic labels never train alone."
        case .anchoring:
            "Hold suggestions back from some users (`HOLD_BACK_SHARE`): `triagectl insights holdback` shows what they say unseen."
        }
    }

    private static func accept(_ name: String) -> String {
        "`triagectl trainings start --accept \(name) --reason …`"
    }
}
