package import Contracts

extension API {
    private static let requestSent = Answer(
        202, "The request is on its way to the training side; its effect shows in what this address lists.",
        .json(RequestSent.self))

    package static let listModels = Route<NoBody, ModelList>(
        .get, "/v1/models", name: "listModels", in: .models, summary: "Lists the model versions",
        "The newest first, with what serves now and how a challenger stands.",
        answers: [Answer(200, "The versions.", .json(ModelList.self))])

    package static let listRollouts = Route<NoBody, Page<RolloutView>>(
        .get, "/v1/rollouts", name: "listRollouts", in: .models, summary: "Lists rollouts",
        "How challengers come to all users, or go. The latest first.",
        answers: [
            Answer(
                200, "The rollouts; always one page.", .json(Page<RolloutView>.self),
                links: rolloutLinks("/items/0/standing/rollout_id"))
        ])

    package static let showRollout = Route<NoBody, RolloutView>(
        .get, "/v1/rollouts/{id}", name: "showRollout", in: .models, summary: "Shows a rollout with all its changes",
        "The first change first, each with its reason and its numbers.", parameters: [PathParameters.rollout],
        answers: [
            Answer(
                200, "The rollout.", .json(RolloutView.self), links: rolloutLinks("/standing/rollout_id"))
        ], problems: [.rolloutNotFound])

    package static let requestRollout = Route<RolloutDraft, RequestSent>(
        .post, "/v1/rollouts", name: "requestRollout", in: .models, for: .operator,
        summary: "Promotes a version, or rolls back to the one before",
        "`promote` needs a `version` that is registered; `rollback` takes the version before the present one.",
        body: .json(
            RolloutDraft.self, upTo: RequestLimits.smallBytes,
            example: RolloutDraft(action: .rollback, reason: "people reject what it says of invoices")),
        isRepeatable: true, answers: [requestSent], problems: [.modelNotFound])

    package static let commandRollout = Route<RolloutCommandDraft, RequestSent>(
        .post, "/v1/rollouts/{id}", name: "commandRollout", in: .models, for: .operator,
        summary: "Promotes, rolls back, pauses or resumes a rollout",
        "Of the rollout that is under way. A paused one still rolls back by itself when it does harm.",
        parameters: [PathParameters.rollout],
        body: .json(
            RolloutCommandDraft.self, upTo: RequestLimits.smallBytes,
            example: RolloutCommandDraft(action: .pause, reason: "release week")),
        isRepeatable: true, answers: [requestSent], problems: [.rolloutNotFound, .rolloutEnded])

    package static let listTrainings = Route<NoBody, Page<TrainingChanged>>(
        .get, "/v1/trainings", name: "listTrainings", in: .trainings, summary: "Lists trainings",
        "The latest 200 by their last change, without the checks and the decision.",
        answers: [
            Answer(
                200, "The trainings; always one page.", .json(Page<TrainingChanged>.self),
                links: [AnswerLink(endpoint: "showTraining", pointer: "/items/0/training_id")])
        ])

    package static let showTraining = Route<NoBody, TrainingChanged>(
        .get, "/v1/trainings/{id}", name: "showTraining", in: .trainings, summary: "Shows a training",
        "With what the checks of its data found and what the gate decided by which numbers.",
        parameters: [PathParameters.training], answers: [Answer(200, "The training.", .json(TrainingChanged.self))],
        problems: [.trainingNotFound])

    package static let requestTraining = Route<TrainingDraft, RequestSent>(
        .post, "/v1/trainings", name: "requestTraining", in: .trainings, for: .operator, summary: "Asks for a training",
        """
        It begins once none is under way. `accept` names checks of the data whose failure you have looked at and take \
        for right; `past_gate` lets the new version out though the gate finds it worse.
        """,
        body: .json(
            TrainingDraft.self, upTo: RequestLimits.smallBytes,
            example: TrainingDraft(reason: "the labels were cleaned up")),
        isRepeatable: true, answers: [requestSent])

    package static let startReplay = Route<ReplayDraft, ReplayView>(
        .post, "/v1/replays", name: "startReplay", in: .replays, for: .operator,
        summary: "Asks what would change if another version served",
        """
        Recorded tasks are answered by the candidate, unseen, and compared with what was shown and what people said. \
        With an `id` of your own the request can be sent again: the second answer is the replay as it stands. `since` \
        must not be in the future.
        """,
        body: .json(
            ReplayDraft.self, upTo: RequestLimits.smallBytes,
            example: ReplayDraft(candidate: "base-1", since: EventTime(microseconds: 1_767_225_600_000_000), limit: 500)
        ),
        answers: [
            Answer(202, "The replay has begun.", .json(ReplayView.self), headers: [.location], links: replayLinks),
            Answer(
                200, "The replay of this id, begun before.", .json(ReplayView.self), headers: [.location],
                links: replayLinks),
        ],
        problems: [.replayUnderWay, .modelNotFound])

    package static let showReplay = Route<NoBody, ReplayView>(
        .get, "/v1/replays/{id}", name: "showReplay", in: .replays, for: .operator, summary: "Shows a replay",
        "Counts by field, and the tasks that would differ, the latest first.",
        parameters: [PathParameters.replay, QueryParameters.differences],
        answers: [Answer(200, "The replay.", .json(ReplayView.self))], problems: [.replayNotFound])

    package static let holdBack = Route<NoBody, HoldBackReport>(
        .get, "/v1/insights/holdback", name: "reportHoldBack", in: .insights, for: .operator,
        summary: "Shows how good suggestions are by people who don't see them",
        "And how much seeing them sways people: answers with and without, by field and version.",
        parameters: [QueryParameters.since], answers: [Answer(200, "The report.", .json(HoldBackReport.self))])

    private static func rolloutLinks(_ pointer: String) -> [AnswerLink] {
        ["showRollout", "commandRollout"].map { AnswerLink(endpoint: $0, pointer: pointer) }
    }

    private static let replayLinks = [AnswerLink(endpoint: "showReplay", pointer: "/id")]
}

extension RouteTable {
    static let models = [
        API.listModels.endpoint, API.listRollouts.endpoint, API.requestRollout.endpoint, API.showRollout.endpoint,
        API.commandRollout.endpoint,
    ]
    static let trainings = [
        API.listTrainings.endpoint, API.requestTraining.endpoint, API.showTraining.endpoint,
    ]
    static let insights = [
        API.acceptance.endpoint, API.drift.endpoint, API.cost.endpoint, API.holdBack.endpoint,
    ]
    static let replays = [API.startReplay.endpoint, API.showReplay.endpoint]
}
