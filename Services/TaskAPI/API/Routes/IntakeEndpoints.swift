package import Contracts

extension API {
    package static let takeGitHub = Route<GitHubIssueHook, IntakeReceipt>(
        .post, "/v1/intake/github/{id}", name: "takeGitHubWebhook", in: .intake, for: .anyone,
        summary: "Takes a webhook of GitHub",
        """
        For a webhook with the content type `application/json`, the source's secret and the event `issues`. The \
        signature in `X-Hub-Signature-256` says who sends; nothing of the body is read before it is right. An issue is \
        one task, however often and in whatever order its deliveries come. Events of other kinds are answered and \
        ignored.
        """,
        parameters: [
            PathParameters.source, HeaderParameters.hubSignature, HeaderParameters.gitHubEvent,
            HeaderParameters.gitHubDelivery,
        ],
        body: .json(GitHubIssueHook.self, upTo: RequestLimits.hookBytes, example: .example),
        answers: [taken], problems: takingProblems)

    package static let takeGitLab = Route<GitLabIssueHook, IntakeReceipt>(
        .post, "/v1/intake/gitlab/{id}", name: "takeGitLabWebhook", in: .intake, for: .anyone,
        summary: "Takes a webhook of GitLab",
        """
        For a webhook with issue events and the source's secret, as the signing token (`webhook-signature`, Standard \
        Webhooks) or the secret token (`X-Gitlab-Token`). Confidential issues are ignored. Otherwise as GitHub's.
        """,
        parameters: [
            PathParameters.source, HeaderParameters.gitLabToken, HeaderParameters.gitLabEvent,
            HeaderParameters.webhookID, HeaderParameters.webhookTimestamp, HeaderParameters.webhookSignature,
        ],
        body: .json(GitLabIssueHook.self, upTo: RequestLimits.hookBytes, example: .example),
        answers: [taken], problems: takingProblems)

    package static let createSource = Route<IntakeSourceDraft, IntakeSourceView>(
        .post, "/v1/intake/sources", name: "createIntakeSource", in: .intake, for: .operator,
        summary: "Lets issues of another system become tasks",
        """
        The answer has the `path` to give to that system and the `secret`, which nobody can read again. `labels` says \
        what a label means that a person sets there: it is taken as that person's word on the task.
        """,
        body: .json(
            IntakeSourceDraft.self, upTo: RequestLimits.smallBytes,
            example: IntakeSourceDraft(
                kind: .github, name: "shop", project: "shop",
                labels: [LabelMeaning(label: "bug", field: .category, value: .text("bug"))])),
        answers: [
            Answer(
                201, "The source with its secret.", .json(IntakeSourceView.self), headers: [.location],
                links: sourceLinks("/id"))
        ], problems: [.nameTaken, .limitReached, .secretsKeyMissing])

    package static let listSources = Route<NoBody, Page<IntakeSourceView>>(
        .get, "/v1/intake/sources", name: "listIntakeSources", in: .intake, for: .operator,
        summary: "Lists the sources",
        "The oldest first, without their secrets.",
        answers: [
            Answer(
                200, "The sources; always one page.", .json(Page<IntakeSourceView>.self),
                links: sourceLinks("/items/0/id"))
        ])

    package static let showSource = Route<NoBody, IntakeSourceView>(
        .get, "/v1/intake/sources/{id}", name: "showIntakeSource", in: .intake, for: .operator,
        summary: "Shows a source", "Without its secret.", parameters: [PathParameters.source],
        answers: [Answer(200, "The source.", .json(IntakeSourceView.self))], problems: [.sourceNotFound])

    package static let deleteSource = Route<NoBody, IntakeSourceView>(
        .delete, "/v1/intake/sources/{id}", name: "deleteIntakeSource", in: .intake, for: .operator,
        summary: "Takes a source away",
        "What it sends is refused from now on; its tasks stay. The other system's webhook is to be taken away there.",
        parameters: [PathParameters.source],
        answers: [Answer(200, "The source as it was.", .json(IntakeSourceView.self))], problems: [.sourceNotFound])

    package static let listSourceDeliveries = Route<NoBody, Page<IntakeDelivery>>(
        .get, "/v1/intake/sources/{id}/deliveries", name: "listIntakeDeliveries", in: .intake, for: .operator,
        summary: "Lists what a source sent", "The latest 100 with what became of them. What is forged isn't kept.",
        parameters: [PathParameters.source],
        answers: [Answer(200, "The deliveries; always one page.", .json(Page<IntakeDelivery>.self))],
        problems: [.sourceNotFound])

    private static let taken = Answer(202, "What became of it.", .json(IntakeReceipt.self))
    private static let takingProblems: [ErrorCode] = [
        .sourceNotFound, .signatureInvalid, .secretsKeyMissing, .overloaded, .databaseUnavailable,
    ]

    private static func sourceLinks(_ pointer: String) -> [AnswerLink] {
        ["showIntakeSource", "listIntakeDeliveries", "deleteIntakeSource"].map {
            AnswerLink(endpoint: $0, pointer: pointer)
        }
    }
}

extension RouteTable {
    static let intake = [
        API.takeEvents.endpoint, API.takeGitHub.endpoint, API.takeGitLab.endpoint, API.createSource.endpoint,
        API.listSources.endpoint,
        API.showSource.endpoint, API.deleteSource.endpoint, API.listSourceDeliveries.endpoint,
    ]
}
