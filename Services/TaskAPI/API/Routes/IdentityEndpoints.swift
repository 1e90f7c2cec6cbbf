package import Contracts

extension API {
    package static let showCaller = Route<NoBody, CallerView>(
        .get, "/v1/caller", name: "showCaller", in: .identity, summary: "Shows whom the service takes the caller for",
        "Tenant, user and role, by the credentials or, where none are asked for, by the headers.",
        answers: [Answer(200, "The caller.", .json(CallerView.self))])

    package static let createKey = Route<APIKeyDraft, APIKeyIssued>(
        .post, "/v1/keys", name: "createKey", in: .identity, for: .operator, summary: "Makes an API key",
        """
        Of the caller's own tenant. The answer shows the secret, this once; `Authorization: Bearer` with it is all that \
        the key's holder needs. It takes no `Idempotency-Key`, since an answer that is kept would be a secret that is kept: \
        an answer that was lost leaves a key that nobody has, which the list shows as never used.
        """,
        body: .json(
            APIKeyDraft.self, upTo: RequestLimits.smallBytes,
            example: APIKeyDraft(name: "shop backend", user: "shop", role: .user, actsForUsers: true)),
        answers: [
            Answer(
                201, "The key with its secret.", .json(APIKeyIssued.self), headers: [.location],
                links: ["showKey", "rotateKey", "revokeKey"].map { AnswerLink(endpoint: $0, pointer: "/key/id") })
        ], problems: [.limitReached])

    package static let listKeys = Route<NoBody, Page<APIKeyView>>(
        .get, "/v1/keys", name: "listKeys", in: .identity, for: .operator, summary: "Lists the tenant's API keys",
        "The latest 1,000, the newest first, those that ended included.",
        answers: [Answer(200, "The keys; always one page.", .json(Page<APIKeyView>.self))])

    package static let showKey = Route<NoBody, APIKeyView>(
        .get, "/v1/keys/{id}", name: "showKey", in: .identity, for: .operator, summary: "Shows an API key",
        "Without its secret.", parameters: [PathParameters.key],
        answers: [Answer(200, "The key.", .json(APIKeyView.self))], problems: [.keyNotFound])

    package static let rotateKey = Route<APIKeyRotation, APIKeyIssued>(
        .post, "/v1/keys/{id}/rotate", name: "rotateKey", in: .identity, for: .operator,
        summary: "Gives an API key a new secret",
        "The secret before goes on for a while, so that its holder can change.",
        parameters: [PathParameters.key],
        body: .json(
            APIKeyRotation.self, upTo: RequestLimits.smallBytes, example: APIKeyRotation(overlapSeconds: 3_600)),
        answers: [Answer(200, "The key with its new secret.", .json(APIKeyIssued.self))],
        problems: [.keyNotFound, .keyEnded])

    package static let revokeKey = Route<NoBody, APIKeyView>(
        .post, "/v1/keys/{id}/revoke", name: "revokeKey", in: .identity, for: .operator, summary: "Ends an API key",
        "With all its secrets, for good; every replica refuses it within seconds (`KEY_CACHE`). Again, it does nothing.",
        parameters: [PathParameters.key], answers: [Answer(200, "The key.", .json(APIKeyView.self))],
        problems: [.keyNotFound])
}

extension RouteTable {
    static let identity = [
        API.showCaller.endpoint, API.createKey.endpoint, API.listKeys.endpoint, API.showKey.endpoint,
        API.rotateKey.endpoint, API.revokeKey.endpoint,
    ]
}
