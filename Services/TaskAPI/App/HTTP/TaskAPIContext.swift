import Contracts
import HTTPTypes
import Hummingbird
import Logging

/// What travels with one request.
struct TaskAPIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The story that this request begins or continues.
    var story: Story
    /// Whether the client named the story itself.
    var isStoryGiven = false

    init(source: Source) {
        coreContext = .init(source: source)
        story = Story(correlationID: "")
    }
}

/// Gives each request its story, each answer its correlation id, and each error its problem document.
struct EdgeMiddleware: RouterMiddleware {
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
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = problem(error, request, context).response
        }
        if response.headers[.correlationID] == nil { response.headers[.correlationID] = context.story.correlationID }
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
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
