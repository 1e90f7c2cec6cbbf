import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import TaskAPIContract

/// One request to a route. Body, query, path and headers are read through the route's own declaration and by nothing
/// else, so that what is read is what is documented.
struct Call<Body: Sendable, Value: Sendable>: Sendable {
    let request: Request
    let endpoint: Endpoint
    let query: QueryItems
    /// Who asks, what they may and how that is known.
    let identity: Identity
    /// In whose name; nobody in particular where the route asks nobody.
    var caller: Caller { identity.caller }
    /// What makes the request one that takes effect once; `nil` without an `Idempotency-Key`.
    private(set) var once: Once?
    private var collected: ByteBuffer?
    private let context: TaskAPIContext
    private let gate: Gate

    /// The story that the request begins or continues.
    var story: Story { context.story }
    /// The same, if the client named it itself.
    var givenStory: Story? { context.isStoryGiven ? context.story : nil }

    /// - Parameter admission: that of the gate, which was asked first.
    /// - Throws: `Problem` for a query, an `Accept` header or a caller that the route doesn't take.
    init(
        _ request: Request, _ context: TaskAPIContext, _ endpoint: Endpoint, _ admission: Gate.Admission, _ gate: Gate
    ) throws(Problem) {
        self.request = request
        self.context = context
        self.endpoint = endpoint
        self.gate = gate
        query = try request.uri.query.map { query throws(Problem) in try QueryItems(query) } ?? .none
        try query.check(for: endpoint)
        if let accept = request.headers[.accept], !MediaRanges.take(endpoint.mediaTypes, in: accept) {
            throw Problem(
                .notAcceptable, detail: "The answer is \(endpoint.mediaTypes.joined(separator: " or ")).")
        }
        identity = try Identity(admission, gate, request, query)
    }

    /// The value of a parameter that the route declares; `nil` where the request has none.
    /// - Throws: `Problem` for a value that breaks the parameter's rule; an internal one where the route doesn't declare
    ///   the parameter, which is our own mistake.
    func callAsFunction<Parsed>(_ parameter: Parameter<Parsed>) throws(Problem) -> Parsed? {
        let description = parameter.description
        guard endpoint.declares(description) else {
            throw Problem(.internalError, detail: "\(endpoint.name) reads \(description.name) and doesn't declare it.")
        }
        let text: String? =
            switch description.place {
            case .path: context.parameters.get(description.name)
            case .query: query[description.name]
            case .header: HTTPField.Name(description.name).flatMap { request.headers[$0] }
            }
        guard let text else { return nil }
        return try parameter.value(of: text)
    }

    /// The value of a parameter without which the request names no route, such as one of the path.
    func required<Parsed>(_ parameter: Parameter<Parsed>) throws(Problem) -> Parsed {
        guard let value = try self(parameter) else { throw parameter.description.problem("is missing") }
        return value
    }

    /// The body's media type in lower case, without parameters; nil where the request says none.
    var mediaType: String? {
        request.headers[.contentType].map { type in
            String(type.prefix { $0 != ";" }.filter { $0 != " " }).lowercased()
        }
    }

    /// The body's bytes.
    /// - Parameter limit: a lower one than the route's, from the settings.
    /// - Throws: `Problem` when it is not JSON by its media type, or larger than the route takes.
    func bytes(atMost limit: Int = .max) async throws -> ByteBuffer {
        if let collected { return collected }
        guard let body = endpoint.body else {
            throw Problem(.internalError, detail: "\(endpoint.name) reads a body and doesn't declare one.")
        }
        return try await request.jsonBody(limit: min(limit, body.limitBytes))
    }

    /// The body as it comes, of a route that takes lines; whoever reads it counts its bytes.
    /// - Throws: `Problem` when it is another media type.
    func stream() throws(Problem) -> Hummingbird.RequestBody {
        guard endpoint.body?.isLines == true else {
            throw Problem(.internalError, detail: "\(endpoint.name) reads lines and doesn't declare them.")
        }
        try request.checkLines()
        return request.body
    }

    /// Whether the caller would be let in now: what goes on for long asks now and then, so that it doesn't outlive a
    /// key's revocation or a token's end. An outage of the database or the issuer ends nothing.
    func isStillLetIn() async -> Bool {
        do {
            _ = try await gate.admit(request.headers, to: endpoint)
            return true
        } catch let problem as Problem where problem.status < 500 {
            return false
        } catch {
            return true
        }
    }

    /// The same request as one that takes effect once, if the route lets it and the client wants it so.
    func withKey(lifetime: Duration) async throws -> Call {
        // What comes in lines is claimed part by part, by the one who reads it.
        guard endpoint.isRepeatable, endpoint.body?.isLines != true, let key = try self(HeaderParameters.idempotencyKey)
        else { return self }
        var call = self
        let body = endpoint.body == nil ? ByteBuffer() : try await bytes()
        call.collected = body
        call.once = Once(
            Once.Name(tenant: caller.tenant, user: caller.user, operation: endpoint.name, key: key),
            content: [
                Array(endpoint.method.rawValue.utf8), Array(request.uri.string.utf8), Array(body.readableBytesView),
            ], lifetime: lifetime)
        return call
    }
}

extension Call where Body: Decodable & Validated {
    /// The body, checked against its type's rules.
    func body(prepare: (Body) -> Body = { $0 }) async throws -> Body {
        try decodeChecked(Body.self, from: Array(try await bytes().readableBytesView), prepare: prepare)
    }
}
