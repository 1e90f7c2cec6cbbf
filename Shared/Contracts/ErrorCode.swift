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
    case taskNotFound = "TASK_NOT_FOUND"
    case modelNotFound = "MODEL_NOT_FOUND"
    case nothingToAccept = "NOTHING_TO_ACCEPT"
    case revisionConflict = "REVISION_CONFLICT"
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
        case .taskNotFound: "There is no such task"
        case .modelNotFound: "There is no such model version"
        case .nothingToAccept: "There is no suggestion for this field to accept"
        case .revisionConflict: "The task was changed by someone else"
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
        case .invalidField, .invalidEvent, .unknownEventType, .undecodableEvent: 422
        case .bodyTooLarge, .batchTooLarge: 413
        case .unsupportedMediaType: 415
        case .routeNotFound, .taskNotFound, .modelNotFound: 404
        case .nothingToAccept, .revisionConflict: 409
        case .overloaded, .databaseUnavailable, .brokerUnavailable, .modelUnavailable: 503
        case .attemptsExhausted, .artifactUnreadable, .artifactTooOld, .trainingFailed, .invalidSettings,
            .internalError:
            500
        }
    }

    /// Whether the same request may succeed a little later.
    package var isRetriable: Bool { httpStatus == 503 }
}
