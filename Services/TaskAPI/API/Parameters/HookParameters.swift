package import Contracts

/// The headers of other systems' webhooks: what is missing or wrong is refused as a wrong signature, or ignored.
extension HeaderParameters {
    package static let hubSignature = Parameter<String>.hint(
        .header, "X-Hub-Signature-256", "`sha256=` and the HMAC-SHA256 of the body, in hexadecimal digits.")
    package static let gitHubEvent = Parameter<String>.hint(
        .header, "X-GitHub-Event", "`issues`, or `ping`; others are ignored.")
    package static let gitHubDelivery = Parameter<String>.hint(
        .header, "X-GitHub-Delivery", "The delivery's name: what comes again under it is not done again.")

    package static let gitLabToken = Parameter<String>.hint(
        .header, "X-Gitlab-Token", "The secret token, where there is no signature.")
    package static let gitLabEvent = Parameter<String>.hint(
        .header, "X-Gitlab-Event", "`Issue Hook`; others are ignored.")
    package static let webhookID = Parameter<String>.hint(
        .header, "webhook-id", "The delivery's name: what comes again under it is not done again.")
    package static let webhookTimestamp = Parameter<String>.hint(
        .header, "webhook-timestamp", "When it was signed, in seconds since 1970; five minutes off at most.")
    package static let webhookSignature = Parameter<String>.hint(
        .header, "webhook-signature", "`v1,` and the HMAC-SHA256 of id, time and body in base64; several with spaces.")
}

extension PathParameters {
    package static let source = Parameter<Identifier>.identifier("id", "The source's id.")
}
