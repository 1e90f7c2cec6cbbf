import Contracts
import HTTPTypes
import Hummingbird
import Logging
import TaskAPIContract

/// Gives each declared route its handler: the only way into the router, so that nothing is served that isn't declared.
struct RouteBinder {
    /// A route without a handler, or a handler without a route; the service doesn't start with one.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private let router: Router<TaskAPIContext>
    private let gate: Gate
    private let repeats: OnceRequests
    private let limiter: RateLimiter
    private let logger: Logger
    private var bound: Set<String> = []

    init(
        _ router: Router<TaskAPIContext>, gate: Gate, repeats: OnceRequests, limiter: RateLimiter, logger: Logger
    ) {
        self.router = router
        self.gate = gate
        self.repeats = repeats
        self.limiter = limiter
        self.logger = logger
    }

    /// Registers the handler of a route, and of `HEAD` where it is a `GET` that ends.
    mutating func bind<Body, Value>(
        _ route: Route<Body, Value>,
        to handler: @escaping @Sendable (Call<Body, Value>) async throws -> Reply<Value>
    ) {
        let endpoint = route.endpoint
        let (gate, logger, repeats, limiter) = (gate, logger, repeats, limiter)
        bound.insert(endpoint.name)
        let serve: @Sendable (Request, TaskAPIContext) async throws -> Response = { request, context in
            do {
                // First of all: who isn't let in learns nothing of what the route makes of the request.
                let admission = try await gate.admit(request.headers, to: endpoint)
                let call = try Call<Body, Value>(request, context, endpoint, admission, gate)
                return try await limiter.within(call) {
                    let call = try await call.withKey(lifetime: repeats.lifetime)
                    let response = try await Self.answer(call, repeats, handler)
                    guard endpoint.answers.contains(where: { $0.status == response.status.code }) else {
                        throw Problem(
                            .internalError,
                            detail: "\(endpoint.name) doesn't declare the answer \(response.status.code).")
                    }
                    return response
                }
            } catch {
                Self.check(error, of: endpoint, logger)
                throw error
            }
        }
        let path = RouterPath(stringLiteral: endpoint.path)
        router.on(path, method: HTTPRequest.Method(endpoint.method), use: serve)
        if endpoint.method == .get, !endpoint.isStream { router.on(path, method: .head, use: serve) }
    }

    private static func answer<Body, Value>(
        _ call: Call<Body, Value>, _ repeats: OnceRequests,
        _ handler: @Sendable (Call<Body, Value>) async throws -> Reply<Value>
    ) async throws -> Response {
        // Where nobody is asked who they are, there is nothing of a tenant's either.
        guard call.endpoint.role != .anyone else { return try await handler(call).response }
        return try await TenantWall.limited(to: call.caller.tenant) {
            guard let once = call.once else { return try await handler(call).response }
            switch try await repeats.run(once, { try await handler(call).response }) {
            case .fresh(let response): return response
            case .repeated(let kept): return Response(kept)
            }
        }
    }

    /// Registers a part of the page, which belongs to people and not to the API.
    func bindPage(_ address: String, _ response: Response) {
        let path = RouterPath(stringLiteral: address)
        for method in [HTTPRequest.Method.get, .head] {
            router.on(path, method: method) { _, _ in response }
        }
    }

    /// - Throws: `Fault` unless what is bound is what is declared.
    func finish() throws(Fault) {
        let declared = Set(RouteTable.all.map(\.name))
        let missing = declared.subtracting(bound).sorted()
        let unlisted = bound.subtracting(declared).sorted()
        guard missing.isEmpty, unlisted.isEmpty else {
            throw Fault(description: "routes without a handler: \(missing); not in the route table: \(unlisted)")
        }
    }

    /// A refusal that the documents don't know is a mistake of ours, but no reason to hide it from the client.
    private static func check(_ error: any Error, of endpoint: Endpoint, _ logger: Logger) {
        let code = Problem(describing: error).code
        guard !endpoint.allProblems.contains(code) else { return }
        logger.error(
            "a refusal is not declared",
            metadata: ["endpoint": "\(endpoint.name)", "error_code": "\(code.rawValue)"])
    }
}

extension HTTPRequest.Method {
    fileprivate init(_ method: Endpoint.Method) {
        self =
            switch method {
            case .get: .get
            case .post: .post
            case .put: .put
            case .patch: .patch
            case .delete: .delete
            }
    }
}
