package import Contracts

/// One method of one address: all that is promised of it.
///
/// What serves requests and what describes them are both made of this, so that neither can know more than the other.
/// A class, because one goes with each request.
package final class Endpoint: Sendable {
    package enum Method: String, CaseIterable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// Who may call it.
    package enum Role: String, Sendable {
        /// Nobody is asked who they are.
        case anyone
        case user
        /// Whoever runs the system.
        case `operator`
    }

    package let method: Method
    /// With `{name}` for each path parameter, e.g. `/v1/tasks/{id}`.
    package let path: String
    /// Unique; `operationId` of the OpenAPI document.
    package let name: String
    package let group: EndpointGroup
    package let summary: String
    package let description: String
    package let role: Role
    /// Of the path, the query and the headers, those that go with the scope included.
    package let parameters: [ParameterDescription]
    package let body: RequestBody?
    package let answers: [Answer]
    /// What refusals say, without those that any request can get.
    package let problems: [ErrorCode]

    /// The media types that a request can ask for.
    package let mediaTypes: [String]
    /// The names of the query's parameters, for the check of each request.
    let queryNames: [String]

    init(
        _ method: Method, _ path: String, name: String, in group: EndpointGroup, for role: Role, summary: String,
        description: String, parameters: [ParameterDescription], body: RequestBody?, answers: [Answer],
        problems: [ErrorCode]
    ) {
        self.method = method
        self.path = path
        self.name = name
        self.group = group
        self.role = role
        self.summary = summary
        self.description = description
        self.parameters = parameters + (role == .anyone ? [] : CallParameters.all)
        self.body = body
        self.answers = answers
        self.problems = problems
        mediaTypes = Array(Set(answers.compactMap(\.content.mediaType))).sorted()
        queryNames = parameters.filter { $0.place == .query }.map(\.name)
    }

    /// Whether it answers with a stream that ends only with the connection.
    package var isStream: Bool { mediaTypes == [AnswerContent.eventStreamType] }

    /// Whether it takes an `Idempotency-Key`.
    package var isRepeatable: Bool { declares(HeaderParameters.idempotencyKey.description) }

    /// The refusals of all kinds, each once, in the order of their statuses.
    package var allProblems: [ErrorCode] {
        var codes = Set(problems).union([.notAcceptable, .internalError])
        if parameters.contains(where: { $0.place != .path }) || role == .anyone { codes.insert(.invalidParameter) }
        for parameter in parameters { codes.insert(parameter.code) }
        if body != nil {
            codes.formUnion([.malformedJSON, .invalidField, .bodyTooLarge, .unsupportedMediaType])
        }
        if role != .anyone {
            codes.formUnion(Self.identityProblems + [.rateLimited, .overloaded, .databaseUnavailable])
        }
        codes.insert(.originRefused)
        let order = ErrorCode.allCases
        return order.filter(codes.contains).sorted { $0.httpStatus < $1.httpStatus }
    }

    /// What anyone who isn't let in is told.
    private static let identityProblems: [ErrorCode] = [
        .credentialsMissing, .credentialsInvalid, .credentialsExpired, .credentialsRevoked, .roleMissing,
        .identityMismatch, .identityProviderUnavailable,
    ]

    /// Whether a parameter is one of this endpoint's.
    package func declares(_ parameter: ParameterDescription) -> Bool {
        parameters.contains { $0.name == parameter.name && $0.place == parameter.place }
    }
}

/// The chapters of the reference.
package enum EndpointGroup: String, CaseIterable, Sendable {
    case tasks = "Tasks"
    case feedback = "Feedback"
    case labels = "Labels"
    case streams = "Event streams"
    case models = "Models and rollouts"
    case trainings = "Trainings"
    case replays = "Replays"
    case insights = "Insights"
    case intake = "Intake"
    case exports = "Exports"
    case webhooks = "Webhooks"
    case identity = "Callers and API keys"
    case documents = "Documents"
}
