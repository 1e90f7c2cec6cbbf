/// Every error code that TriageLoop shows, in HTTP answers, events, dead letters, logs and `triagectl`.
package enum ErrorCode: String, CaseIterable, Codable, Sendable {
    case malformedJSON = "MALFORMED_JSON"
    case invalidField = "INVALID_FIELD"
    case invalidIdentifier = "INVALID_IDENTIFIER"
    case invalidCursor = "INVALID_CURSOR"
    case invalidParameter = "INVALID_PARAMETER"
    case bodyTooLarge = "BODY_TOO_LARGE"
    case batchTooLarge = "BATCH_TOO_LARGE"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case routeNotFound = "ROUTE_NOT_FOUND"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case notAcceptable = "NOT_ACCEPTABLE"
    case credentialsMissing = "CREDENTIALS_MISSING"
    case credentialsInvalid = "CREDENTIALS_INVALID"
    case credentialsExpired = "CREDENTIALS_EXPIRED"
    case credentialsRevoked = "CREDENTIALS_REVOKED"
    case roleMissing = "ROLE_MISSING"
    case identityMismatch = "IDENTITY_MISMATCH"
    case identityProviderUnavailable = "IDENTITY_PROVIDER_UNAVAILABLE"
    case keyNotFound = "KEY_NOT_FOUND"
    case keyEnded = "KEY_ENDED"
    case taskNotFound = "TASK_NOT_FOUND"
    case taskErased = "TASK_ERASED"
    case erasureNotAllowed = "ERASURE_NOT_ALLOWED"
    case erasureNotFound = "ERASURE_NOT_FOUND"
    case modelNotFound = "MODEL_NOT_FOUND"
    case trainingNotFound = "TRAINING_NOT_FOUND"
    case rolloutNotFound = "ROLLOUT_NOT_FOUND"
    case rolloutEnded = "ROLLOUT_ENDED"
    case replayNotFound = "REPLAY_NOT_FOUND"
    case replayUnderWay = "REPLAY_UNDER_WAY"
    case signatureInvalid = "SIGNATURE_INVALID"
    case sourceNotFound = "SOURCE_NOT_FOUND"
    case webhookNotFound = "WEBHOOK_NOT_FOUND"
    case deliveryNotFound = "DELIVERY_NOT_FOUND"
    case addressRefused = "ADDRESS_REFUSED"
    case nameTaken = "NAME_TAKEN"
    case limitReached = "LIMIT_REACHED"
    case secretsKeyMissing = "SECRETS_KEY_MISSING"
    case labelNotFound = "LABEL_NOT_FOUND"
    case labelNotActive = "LABEL_NOT_ACTIVE"
    case labelsTooFew = "LABELS_TOO_FEW"
    case labelsChanged = "LABELS_CHANGED"
    case nothingToAccept = "NOTHING_TO_ACCEPT"
    case revisionConflict = "REVISION_CONFLICT"
    case idempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
    case originRefused = "ORIGIN_REFUSED"
    case rateLimited = "RATE_LIMITED"
    case overloaded = "OVERLOADED"
    case databaseUnavailable = "DATABASE_UNAVAILABLE"
    case brokerUnavailable = "BROKER_UNAVAILABLE"
    case modelUnavailable = "MODEL_UNAVAILABLE"
    case undecodableEvent = "UNDECODABLE_EVENT"
    case unknownEventType = "UNKNOWN_EVENT_TYPE"
    case invalidEvent = "INVALID_EVENT"
    case attemptsExhausted = "ATTEMPTS_EXHAUSTED"
    case artifactUnreadable = "ARTIFACT_UNREADABLE"
    case artifactTooOld = "ARTIFACT_TOO_OLD"
    case trainingFailed = "TRAINING_FAILED"
    case invalidSettings = "INVALID_SETTINGS"
    case internalError = "INTERNAL_ERROR"

    /// The short, constant text of the code (`title` of RFC 9457).
    package var title: String {
        switch self {
        case .malformedJSON: "The body is not the JSON that was expected"
        case .invalidField: "A field breaks a rule"
        case .invalidIdentifier: "The id is not a UUID"
        case .invalidCursor: "The cursor was not issued by this service"
        case .invalidParameter: "A query parameter or header breaks a rule"
        case .bodyTooLarge: "The body is too large"
        case .batchTooLarge: "The batch has too many items"
        case .unsupportedMediaType: "The body must be application/json"
        case .routeNotFound: "There is nothing at this address"
        case .methodNotAllowed: "The address doesn't take this method"
        case .notAcceptable: "The answer has none of the media types that were asked for"
        case .credentialsMissing: "There are no credentials"
        case .credentialsInvalid: "The credentials are not valid"
        case .credentialsExpired: "The credentials have expired"
        case .credentialsRevoked: "The API key was revoked"
        case .roleMissing: "The caller's role doesn't allow this"
        case .identityMismatch: "The request names somebody else than its credentials"
        case .identityProviderUnavailable: "The identity provider can't be reached"
        case .keyNotFound: "There is no such API key"
        case .keyEnded: "The API key has ended"
        case .taskNotFound: "There is no such task"
        case .taskErased: "The task was erased"
        case .erasureNotAllowed: "The task is not yours to erase"
        case .erasureNotFound: "No such task was erased"
        case .modelNotFound: "There is no such model version"
        case .trainingNotFound: "There is no such training"
        case .rolloutNotFound: "There is no such rollout"
        case .rolloutEnded: "The rollout has ended"
        case .replayNotFound: "There is no such replay"
        case .replayUnderWay: "Another replay is under way"
        case .signatureInvalid: "The signature is not the one of this body"
        case .sourceNotFound: "There is no such source"
        case .webhookNotFound: "There is no such webhook"
        case .deliveryNotFound: "There is no such delivery"
        case .addressRefused: "The address is none that may be called"
        case .nameTaken: "The name is taken"
        case .limitReached: "There are as many as there may be"
        case .secretsKeyMissing: "There is no key to keep secrets with"
        case .labelNotFound: "There is no such label"
        case .labelNotActive: "The label is not in use"
        case .labelsTooFew: "Too few labels would be left"
        case .labelsChanged: "The labels were changed by someone else"
        case .nothingToAccept: "There is no suggestion for this field to accept"
        case .revisionConflict: "The task was changed by someone else"
        case .idempotencyKeyReused: "The idempotency key belongs to another request"
        case .originRefused: "The page that sent the request may not call this API"
        case .rateLimited: "A quota of requests is used up"
        case .overloaded: "Too much is waiting to be stored"
        case .databaseUnavailable: "The database can't be reached"
        case .brokerUnavailable: "The message broker can't be reached"
        case .modelUnavailable: "No model is loaded"
        case .undecodableEvent: "The message is not a CloudEvent of ours"
        case .unknownEventType: "The event's type or version is not known here"
        case .invalidEvent: "The event breaks the rules of its type"
        case .attemptsExhausted: "The message failed as often as it may"
        case .artifactUnreadable: "The model artifact can't be read"
        case .artifactTooOld: "The model artifact is of another format version"
        case .trainingFailed: "The training ended without a model"
        case .invalidSettings: "The settings are wrong"
        case .internalError: "Something went wrong on our side"
        }
    }

    /// The HTTP status that carries the code.
    package var httpStatus: Int {
        switch self {
        case .malformedJSON, .invalidIdentifier, .invalidCursor, .invalidParameter: 400
        case .credentialsMissing, .credentialsInvalid, .credentialsExpired, .credentialsRevoked: 401
        case .roleMissing, .identityMismatch: 403
        case .invalidField, .idempotencyKeyReused, .invalidEvent, .unknownEventType, .undecodableEvent: 422
        case .bodyTooLarge, .batchTooLarge: 413
        case .unsupportedMediaType: 415
        case .routeNotFound, .taskNotFound, .erasureNotFound, .modelNotFound, .trainingNotFound, .rolloutNotFound,
            .replayNotFound, .sourceNotFound, .webhookNotFound, .deliveryNotFound,
            .keyNotFound, .labelNotFound:
            404
        case .signatureInvalid: 401
        case .erasureNotAllowed, .addressRefused: 403
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .labelNotActive, .labelsTooFew, .nothingToAccept, .rolloutEnded, .replayUnderWay, .nameTaken,
            .limitReached, .secretsKeyMissing, .keyEnded:
            409
        case .taskErased: 410
        case .revisionConflict, .labelsChanged: 412
        case .originRefused: 403
        case .rateLimited: 429
        case .overloaded, .databaseUnavailable, .brokerUnavailable, .modelUnavailable, .identityProviderUnavailable: 503
        case .attemptsExhausted, .artifactUnreadable, .artifactTooOld, .trainingFailed, .invalidSettings,
            .internalError:
            500
        }
    }

    /// Whether the same request may succeed a little later.
    package var isRetriable: Bool { httpStatus == 503 || httpStatus == 429 }
}
