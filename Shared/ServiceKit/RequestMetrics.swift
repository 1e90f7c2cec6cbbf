import HTTPTypes
package import Hummingbird
package import Metrics
import Observability
import Synchronization

/// Counts and times requests by route; add it before all other middleware, so that it sees the answer as it is sent.
///
/// The time is that to the answer's head: a stream of events isn't a slow request.
package final class RequestMetrics<Context: RequestContext>: RouterMiddleware {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Meters: Sendable {
        let requests: Counter
        let duration: Metrics.Timer
    }

    private let meters = Mutex<[Key: Meters]>([:])

    private let factory: any MetricsFactory

    package init(factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            record(request, context, response.status.code, start)
            return response
        } catch {
            record(request, context, (error as? any HTTPResponseError)?.status.code ?? 500, start)
            throw error
        }
    }

    private func record(_ request: Request, _ context: Context, _ status: Int, _ start: ContinuousClock.Instant) {
        let method = Self.methods.contains(request.method.rawValue) ? request.method.rawValue : "other"
        let key = Key(method: method, route: context.endpointPath ?? "none", status: status)
        let found = meters.withLock { meters in
            if let found = meters[key] { return found }
            let labels = [("method", key.method), ("route", key.route)]
            let made = Meters(
                requests: MetricCatalogue.httpRequests.counter(labels + [("status", "\(status)")], factory: factory),
                duration: MetricCatalogue.httpDuration.timer(labels, factory: factory))
            meters[key] = made
            return made
        }
        found.requests.increment()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        found.duration.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// Others are a stranger's inventions, and must not become labels.
    private static var methods: Set<String> { ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] }
}
