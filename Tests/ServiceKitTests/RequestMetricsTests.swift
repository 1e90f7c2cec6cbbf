import CurlHTTP
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Observability
import ServiceKit
import ServiceLifecycle
import Testing

@Suite struct RequestMetricsTests {
    @Test func `requests are counted by route, and strangers make no labels`() async throws {
        let registry = PrometheusRegistry(hasProcessMetrics: false)
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: RequestMetrics(factory: registry))
        router.get("/v1/tasks/:id") { _, context in
            guard context.parameters.get("id") == "1" else { throw HTTPError(.notFound) }
            return "a task"
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let client = HTTPClient(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            for await port in ports {
                for (method, path) in [
                    ("GET", "/v1/tasks/1"), ("GET", "/v1/tasks/1"), ("GET", "/v1/tasks/2"), ("PURGE", "/pot/4711"),
                ] {
                    let request = CurlHTTP.HTTPRequest(method: method, url: "http://127.0.0.1:\(port)\(path)")
                    _ = try await client.execute(request, deadline: .seconds(10))
                }
                break
            }
            group.cancelAll()
        }
        let lines = registry.render().split(separator: "\n").filter { $0.hasPrefix("triageloop_http_requests_total") }
        #expect(
            lines == [
                #"triageloop_http_requests_total{method="GET",route="/v1/tasks/{id}",status="200"} 2"#,
                #"triageloop_http_requests_total{method="GET",route="/v1/tasks/{id}",status="404"} 1"#,
                #"triageloop_http_requests_total{method="other",route="NotFound",status="404"} 1"#,
            ])
        let durations = registry.render().split(separator: "\n").filter { $0.contains("duration_seconds_count") }
        #expect(durations.count == 2)
    }
}
