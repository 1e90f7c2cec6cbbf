package import Contracts

extension API {
    package static let createWebhook = Route<WebhookDraft, WebhookView>(
        .post, "/v1/webhooks", name: "createWebhook", in: .webhooks, for: .operator,
        summary: "Sends events to another system",
        """
        Each event of these types is posted to `url` as it stands on the broker, a structured CloudEvent, signed as \
        Standard Webhooks 1.0 says: `webhook-id` (the event's id, the same in each attempt), `webhook-timestamp`, \
        `webhook-signature`. Events of tasks are those of your tenant. The `secret` is shown once. Addresses that aren't \
        public are refused, here and with each connection, unless the settings allow them.
        """,
        body: .json(
            WebhookDraft.self, upTo: RequestLimits.smallBytes,
            example: WebhookDraft(
                url: "https://hooks.example.com/triageloop", types: [.analysisCompleted, .feedbackRecorded],
                description: "the help desk")),
        answers: [
            Answer(
                201, "The webhook with its secret.", .json(WebhookView.self), headers: [.location],
                links: webhookLinks("/id"))
        ], problems: [.addressRefused, .limitReached, .secretsKeyMissing])

    package static let listWebhooks = Route<NoBody, Page<WebhookView>>(
        .get, "/v1/webhooks", name: "listWebhooks", in: .webhooks, for: .operator, summary: "Lists the webhooks",
        "The oldest first, without their secrets.",
        answers: [
            Answer(
                200, "The webhooks; always one page.", .json(Page<WebhookView>.self),
                links: webhookLinks("/items/0/id"))
        ])

    package static let showWebhook = Route<NoBody, WebhookView>(
        .get, "/v1/webhooks/{id}", name: "showWebhook", in: .webhooks, for: .operator, summary: "Shows a webhook",
        "Without its secret.", parameters: [PathParameters.webhook],
        answers: [Answer(200, "The webhook.", .json(WebhookView.self))], problems: [.webhookNotFound])

    package static let editWebhook = Route<WebhookEdit, WebhookView>(
        .patch, "/v1/webhooks/{id}", name: "editWebhook", in: .webhooks, for: .operator,
        summary: "Changes a webhook, or disables and enables it",
        "What is absent stays. One that is enabled again gets what was pending; events meanwhile are not made up for.",
        parameters: [PathParameters.webhook],
        body: .json(WebhookEdit.self, upTo: RequestLimits.smallBytes, example: WebhookEdit(enabled: true)),
        answers: [Answer(200, "The webhook as it is now.", .json(WebhookView.self))],
        problems: [.webhookNotFound, .addressRefused])

    package static let deleteWebhook = Route<NoBody, WebhookView>(
        .delete, "/v1/webhooks/{id}", name: "deleteWebhook", in: .webhooks, for: .operator,
        summary: "Takes a webhook away", "With its log and all that is pending.", parameters: [PathParameters.webhook],
        answers: [Answer(200, "The webhook as it was.", .json(WebhookView.self))], problems: [.webhookNotFound])

    package static let rotateWebhookSecret = Route<NoBody, WebhookView>(
        .post, "/v1/webhooks/{id}/secret", name: "rotateWebhookSecret", in: .webhooks, for: .operator,
        summary: "Makes a new secret",
        "Shown once. For a while (`WEBHOOK_SECRET_OVERLAP`) the one before signs as well: `webhook-signature` has both.",
        parameters: [PathParameters.webhook],
        answers: [Answer(200, "The webhook with its new secret.", .json(WebhookView.self))],
        problems: [.webhookNotFound, .secretsKeyMissing])

    package static let testWebhook = Route<NoBody, RequestSent>(
        .post, "/v1/webhooks/{id}/test", name: "testWebhook", in: .webhooks, for: .operator,
        summary: "Sends a test", "An event of the type `webhook.test.v1`, as any other.",
        parameters: [PathParameters.webhook],
        answers: [Answer(202, "The test is queued; the log shows what came of it.", .json(RequestSent.self))],
        problems: [.webhookNotFound])

    package static let listWebhookDeliveries = Route<NoBody, Page<WebhookDelivery>>(
        .get, "/v1/webhooks/{id}/deliveries", name: "listWebhookDeliveries", in: .webhooks, for: .operator,
        summary: "Lists what was sent", "The latest 100 with the last answer and when the next attempt is.",
        parameters: [PathParameters.webhook, QueryParameters.deliveryState],
        answers: [Answer(200, "The deliveries; always one page.", .json(Page<WebhookDelivery>.self))],
        problems: [.webhookNotFound])

    package static let redeliver = Route<RedeliveryDraft, DeliveriesQueued>(
        .post, "/v1/webhooks/{id}/redeliveries", name: "redeliverWebhook", in: .webhooks, for: .operator,
        summary: "Sends again",
        "One delivery, whatever came of it, or all that have failed of events since a time.",
        parameters: [PathParameters.webhook],
        body: .json(
            RedeliveryDraft.self, upTo: RequestLimits.smallBytes,
            example: RedeliveryDraft(since: EventTime(microseconds: 1_767_225_600_000_000))),
        answers: [Answer(202, "They are due now.", .json(DeliveriesQueued.self))],
        problems: [.webhookNotFound, .deliveryNotFound])

    private static func webhookLinks(_ pointer: String) -> [AnswerLink] {
        ["showWebhook", "editWebhook", "testWebhook", "listWebhookDeliveries", "rotateWebhookSecret", "deleteWebhook"]
            .map { AnswerLink(endpoint: $0, pointer: pointer) }
    }
}

extension PathParameters {
    package static let webhook = Parameter<Identifier>.identifier("id", "The webhook's id.")
}

extension QueryParameters {
    package static let deliveryState = Parameter<WebhookDeliveryState>.word(
        .query, "state", "Only deliveries that stand there.")
}

extension RouteTable {
    static let webhooks = [
        API.createWebhook.endpoint, API.listWebhooks.endpoint, API.showWebhook.endpoint, API.editWebhook.endpoint,
        API.deleteWebhook.endpoint, API.rotateWebhookSecret.endpoint, API.testWebhook.endpoint,
        API.listWebhookDeliveries.endpoint, API.redeliver.endpoint,
    ]
}
