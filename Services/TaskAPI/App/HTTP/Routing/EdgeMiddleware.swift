import Contracts
import HTTPTypes
import Hummingbird
import Logging
import TaskAPIContract
import TaskAPICore

/// Gives each request its story, each answer its correlation id, and each error its problem document; answers `OPTIONS`
/// and methods that an address hasn't, and leaves `HEAD` without a body.
struct EdgeMiddleware: RouterMiddleware {
    /// The addresses of the page's parts, which the route table doesn't list.
    let pages: Set<String>
    let origins: OriginPolicy
    let logger: Logger

    @concurrent func handle(
        _ request: Request, context: TaskAPIContext,
        next: @concurrent (Request, TaskAPIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let given = request.headers[.correlationID].flatMap { Self.isValid($0) ? $0 : nil }
        let trace = request.headers[.traceparent].flatMap { TraceContext(traceparent: $0) }
        context.story = Story(
            correlationID: given ?? Identifier().description, trace: trace?.child() ?? TraceContext())
        context.isStoryGiven = given != nil
        let origin = origins.verdict(of: request)
        var response: Response
        do {
            if let preflight = origin.preflight(request, methods: methods(at: request.uri.path)) { return preflight }
            try origin.check(request)
            response = try await next(request, context)
        } catch {
            response = refusal(error, request, context)
        }
        origin.name(in: &response)
        if request.method == .head { response = response.createHeadResponse() }
        if response.headers[.correlationID] == nil { response.headers[.correlationID] = context.story.correlationID }
        response.headers.secure()
        return response
    }

    private func refusal(_ error: any Error, _ request: Request, _ context: TaskAPIContext) -> Response {
        guard let error = error as? HTTPError, error.status == .notFound, let methods = methods(at: request.uri.path)
        else {
            var response = problem(error, request, context).response
            if let limited = error as? Limited { limited.standing(in: &response) }
            return response
        }
        // The router knows the address, but not with this method.
        let allow = methods.joined(separator: ", ")
        if request.method == .options { return Response(status: .noContent, headers: [.allow: allow]) }
        let unknown = Problem(.methodNotAllowed, detail: "This address takes \(allow).")
        var response = problem(unknown, request, context).response
        response.headers[.allow] = allow
        return response
    }

    private func methods(at path: String) -> [String]? {
        pages.contains(path) ? ["GET", "HEAD"] + RouteTable.always : RouteTable.methods(at: path)
    }

    private func problem(_ error: any Error, _ request: Request, _ context: TaskAPIContext) -> Problem {
        var problem = Problem(describing: error)
        problem.instance = request.uri.path
        problem.correlationID = context.story.correlationID
        let level: Logger.Level = problem.status >= 500 ? .error : .debug
        logger.log(
            level: level, "request refused",
            metadata: [
                "correlation_id": "\(context.story.correlationID)", "trace_id": "\(context.story.trace.traceID)",
                "error_code": "\(problem.code.rawValue)", "status": "\(problem.status)",
                "reason": "\(problem.code == .internalError ? String(describing: error) : problem.detail)",
            ])
        return problem
    }

    /// 1 to 128 visible ASCII characters; anything else is ignored, and the story gets a new id.
    private static func isValid(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
