extension ErrorCode {
    /// When it happens, in a sentence.
    package var meaning: String {
        switch self {
        case .malformedJSON: "The request's body ended early or is no JSON at all."
        case .invalidField:
            "The body is JSON, but a member is missing, of the wrong type, out of bounds or at odds with another one."
        case .invalidIdentifier: "The id in the path is not a UUID."
        case .invalidCursor: "The `cursor` is not one that a page's `next_cursor` gave."
        case .invalidParameter:
            "A query parameter or a header breaks its rule, is given twice, or is none that this address takes."
        case .bodyTooLarge: "The body has more bytes than this address takes."
        case .batchTooLarge: "The array has more items than a batch may have."
        case .unsupportedMediaType: "The `Content-Type` is not JSON."
        case .routeNotFound: "No resource has this path."
        case .methodNotAllowed: "The path exists, but not with this method."
        case .notAcceptable: "The `Accept` header names only media types that this address doesn't answer with."
        case .credentialsMissing: "The service asks who calls, and the request has no `Authorization` header."
        case .credentialsInvalid:
            "What the `Authorization` header holds is no key or token of ours, is forged, or is meant for somebody else."
        case .credentialsExpired: "The API key or the token was valid once; its time is over."
        case .credentialsRevoked: "Somebody ended the API key."
        case .roleMissing: "The operation is for a role that the key or token doesn't give."
        case .identityMismatch:
            "`X-Tenant-ID` or `X-User-ID` (or the same in the query) names another than the key or token does."
        case .identityProviderUnavailable:
            "The issuer of the tokens doesn't answer, and its keys aren't known yet: whether the token is good can't be told."
        case .keyNotFound: "No API key of your tenant has this id."
        case .keyEnded: "The API key was revoked or has expired: it can't get a new secret."
        case .taskNotFound: "No task of your tenant has this id."
        case .taskErased:
            "The task was there and its text was erased on request; its id stays known so that it can't come back."
        case .erasureNotAllowed: "A task is erased by its author or by an operator, and you are neither."
        case .erasureNotFound: "No task of your tenant with this id was erased."
        case .modelNotFound: "No model version of this name is registered, or there is none to go back to."
        case .trainingNotFound: "No training has this id."
        case .rolloutNotFound: "No rollout has this id."
        case .rolloutEnded: "The rollout was promoted or rolled back already: nothing more can be asked of it."
        case .replayNotFound: "No replay of your tenant has this id."
        case .replayUnderWay: "One replay at a time: yours waits, or another one has the id that you chose."
        case .signatureInvalid:
            "The signature or token of a webhook is missing, malformed, or none of this body with the source's secret."
        case .sourceNotFound: "No source of this kind has this id."
        case .webhookNotFound: "No webhook of your tenant has this id."
        case .deliveryNotFound: "The webhook has no delivery of this event, or keeps it no longer."
        case .addressRefused: "The URL isn't `https`, can't be read, or leads to an address that isn't public."
        case .nameTaken: "Another one of your tenant has this name."
        case .limitReached: "Your tenant has as many of these as it may have."
        case .secretsKeyMissing: "task-api has no key to seal secrets with, so that none can be kept."
        case .labelNotFound: "No label of your tenant has this name, now or before."
        case .labelNotActive: "Your team has retired the label, or never had it; the detail names those in use."
        case .labelsTooFew: "A team needs two labels at least, or there is nothing to decide."
        case .labelsChanged: "Between your reading and your change the labels changed: the set has another version."
        case .nothingToAccept: "The task shows no suggestion for this field, so that there is none to accept."
        case .revisionConflict:
            "Between your reading and your change the task changed: its `ETag` is not one that `If-Match` lists."
        case .idempotencyKeyReused:
            "The same `Idempotency-Key` came before with another path, query or body; nothing of this one was done."
        case .originRefused:
            "A browser says that a page of another origin sent it, or it names this machine by a foreign name."
        case .rateLimited: "You or your tenant made as many requests as may be; nothing of this one was done."
        case .overloaded:
            "As much waits to be stored, or as many streams are open, as may; nothing of yours was stored."
        case .databaseUnavailable: "PostgreSQL can't be reached; whether a change was stored is not known."
        case .brokerUnavailable: "RabbitMQ can't be reached."
        case .modelUnavailable: "The analyzer has no model to answer with."
        case .undecodableEvent: "A message on a queue is not a CloudEvent of ours. It went to the dead letters."
        case .unknownEventType: "A message's type, or its version, is not one that this service knows."
        case .invalidEvent: "An event breaks the rules of its type. It went to the dead letters, with the rules."
        case .attemptsExhausted: "A message failed as often as it may. It went to the dead letters."
        case .artifactUnreadable: "A model's file is damaged, cut short or none of ours."
        case .artifactTooOld: "A model's file has a format version that this program doesn't read."
        case .trainingFailed: "A training ended without a model; its `reason` says why."
        case .invalidSettings: "A setting is missing, misspelt or out of its bounds; the program doesn't start."
        case .internalError: "Something that we didn't foresee; it is in the log, under the correlation id."
        }
    }

    /// What to do about it, in a sentence.
    package var remedy: String {
        switch self {
        case .malformedJSON: "Send one complete JSON value in UTF-8."
        case .invalidField: "Mend what `errors` lists: each has a JSON pointer and what is wrong there."
        case .invalidIdentifier: "Take the id as an answer or an event gave it."
        case .invalidCursor: "Take `next_cursor` as it stands, or begin again without a cursor."
        case .invalidParameter: "See the address in the reference for the parameters that it takes and their bounds."
        case .bodyTooLarge: "Send less; a large import goes in several batches."
        case .batchTooLarge: "Send at most as many items at once as the reference says."
        case .unsupportedMediaType: "Send `Content-Type: application/json`."
        case .routeNotFound: "See the reference for the addresses that there are."
        case .methodNotAllowed: "Use one of the methods that the answer's `Allow` header lists."
        case .notAcceptable: "Accept `*/*`, or the media type that the reference names."
        case .credentialsMissing:
            "Send `Authorization: Bearer` with an API key or a token; `triagectl keys create` makes a key."
        case .credentialsInvalid: "Check that the key is whole, and a token's issuer, audience and clock."
        case .credentialsExpired: "Get a new token, or rotate the key before it expires (`triagectl keys rotate`)."
        case .credentialsRevoked: "Ask an operator for another key."
        case .roleMissing: "Ask with a key or token of an operator."
        case .identityMismatch:
            "Leave the headers out, or take a key that acts for users (`acts_for_users`) and belongs to that tenant."
        case .identityProviderUnavailable: "Try again after `Retry-After`; API keys go on working."
        case .keyNotFound: "Take an id that `GET /v1/keys` lists."
        case .keyEnded: "Make a new key."
        case .taskNotFound: "Check the id and the tenant (`X-Tenant-ID`)."
        case .taskErased: "Forget it; `GET /v1/erasures/{id}` says what was removed and what follows."
        case .erasureNotAllowed: "Ask the task's author or an operator."
        case .erasureNotFound:
            "Check the id and the tenant; a task that is still there is erased with `DELETE /v1/tasks/{id}`."
        case .modelNotFound: "Take a version that `GET /v1/models` lists."
        case .trainingNotFound: "Take an id that `GET /v1/trainings` lists."
        case .rolloutNotFound: "Take an id that `GET /v1/rollouts` lists."
        case .rolloutEnded: "Look at the rollout; to change what serves, use `POST /v1/rollouts`."
        case .replayNotFound: "Check the id and the tenant (`X-Tenant-ID`)."
        case .replayUnderWay: "Wait until the replay that the detail names is done, then ask again."
        case .signatureInvalid:
            "Set the same secret in the system that sends, and let nothing between it and here change the body."
        case .sourceNotFound: "Take the address that the making of the source answered; triagectl intake list has it."
        case .webhookNotFound: "List the webhooks: `GET /v1/webhooks`."
        case .deliveryNotFound: "List the deliveries: `GET /v1/webhooks/{id}/deliveries`."
        case .addressRefused: "Give a public https address, or allow what is yours by a setting: docs/webhooks.md."
        case .nameTaken: "Choose another name, or take away what has it."
        case .limitReached: "Take one away that nobody needs."
        case .secretsKeyMissing: "Set TRIAGELOOP_SECRETS_KEY_FILE for task-api: docs/intake.md."
        case .labelNotFound: "Take a name that `GET /v1/labels` lists, or add it."
        case .labelNotActive: "Take a label that is in use: `GET /v1/labels`."
        case .labelsTooFew: "Add a label first."
        case .labelsChanged: "Read the labels again and repeat your change if it still makes sense."
        case .nothingToAccept: "Send the verdict `corrected` with a value, or wait for the analysis."
        case .revisionConflict: "Read the task again and repeat your change if it still makes sense."
        case .idempotencyKeyReused: "Give each request a key of its own, and send it again unchanged."
        case .originRefused: "List the page's origin in `TRIAGELOOP_HTTP_ORIGINS`, if it is to be let in."
        case .rateLimited: "Wait as long as `Retry-After` says; `RateLimit` tells beforehand what is left."
        case .overloaded: "Wait as long as `Retry-After` says, then send it again."
        case .databaseUnavailable:
            "Try again after `Retry-After`: with the same `Idempotency-Key`, or look first whether it is there."
        case .brokerUnavailable: "Try again later; see the service's `/readyz`."
        case .modelUnavailable: "See the analyzer's `/health` for what it can't load."
        case .undecodableEvent: "Publish structured CloudEvents as `/asyncapi.json` describes them."
        case .unknownEventType: "Update the service that is behind, then `triagectl dead-letters retry`."
        case .invalidEvent: "Mend the sender; `triagectl dead-letters show` has the event and the rules it broke."
        case .attemptsExhausted: "Mend the cause that the dead letter names, then `triagectl dead-letters retry`."
        case .artifactUnreadable: "Roll back (`triagectl models rollback`), and train again."
        case .artifactTooOld: "Train again with this version."
        case .trainingFailed: "See `GET /v1/trainings/{id}` and the log under its correlation id."
        case .invalidSettings: "Mend all that the program lists; `--print-config` shows what it understood."
        case .internalError: "Try again once; then tell the operator the correlation id."
        }
    }
}
