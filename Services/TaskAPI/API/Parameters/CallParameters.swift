import Contracts

/// What every call that concerns a tenant may carry in its headers.
package enum CallParameters {
    private static let characters = 1...100

    package static let tenant = Parameter<String>.plainName(
        .header, "X-Tenant-ID", characters,
        "The tenant that asks. Tenants see nothing of each other. Where the service asks who calls, the credentials say it: "
            + "another name than theirs is refused.", default: "default")
    package static let user = Parameter<String>.plainName(
        .header, "X-User-ID", characters,
        "The person who asks; the author of what they create. Where the service asks who calls, the credentials say it: "
            + "only a key that acts for users may name another one.", default: "anonymous")
    package static let correlationID = Parameter<String>.hint(
        .header, "X-Correlation-ID",
        "The id of the story that this request belongs to, 1 to 128 visible ASCII characters; anything else is ignored "
            + "and a new one made. It comes back in the answer's header of the same name, and is in every event and log "
            + "line that follows.")
    package static let traceparent = Parameter<String>.hint(
        .header, "traceparent", "W3C trace context; what is malformed is ignored.")

    static let all: [ParameterDescription] = [
        tenant.description, user.description, correlationID.description, traceparent.description,
    ]

    /// For an EventSource, which can't send headers; the header goes first.
    package static let tenantInQuery = Parameter<String>.plainName(
        .query, "tenant", characters, "As `X-Tenant-ID`, for an EventSource, which can't send headers.")
    package static let userInQuery = Parameter<String>.plainName(
        .query, "user", characters, "As `X-User-ID`, for an EventSource, which can't send headers.")
}
