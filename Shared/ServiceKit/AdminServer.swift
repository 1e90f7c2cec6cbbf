package import Contracts
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import Observability
import ServiceLifecycle

/// Health and metrics over HTTP, for people, probes and Prometheus; not for the outside world.
package struct AdminServer: Service {
    private let service: ServiceName
    private let address: AdminAddress
    private let health: HealthRegistry
    private let metrics: PrometheusRegistry
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameter onListening: gets the port once requests are answered.
    package init(
        service: ServiceName, address: AdminAddress, health: HealthRegistry, metrics: PrometheusRegistry,
        logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.service = service
        self.address = address
        self.health = health
        self.metrics = metrics
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        var serverLogger = logger
        // Its own lines would repeat what the parts' lines say.
        serverLogger.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: routes(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: service.rawValue),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                logger.info("admin server listens", metadata: ["host": .string(address.host), "port": "\(port)"])
                await onListening(port)
            },
            logger: serverLogger)
        try await application.run()
    }

    private func routes() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("/livez") { _, _ in text(.ok, "ok\n") }
        router.get("/readyz") { request, _ in
            let query = AdminQuery(request.uri.query)
            let report = await health.report().excluding(query.excluded)
            return text(
                report.isReady ? .ok : .serviceUnavailable,
                query.isVerbose || !report.isReady ? HealthText.lines(report) : "ok\n")
        }
        router.get("/startupz") { _, _ in
            await health.hasStarted() ? text(.ok, "ok\n") : text(.serviceUnavailable, "starting\n")
        }
        router.get("/health") { _, _ in
            let report = await health.report()
            return answer(
                report.isReady ? .ok : .serviceUnavailable, "application/health+json",
                HealthText.json(report, service: service))
        }
        router.get("/metrics") { _, _ in answer(.ok, PrometheusRegistry.contentType, metrics.render()) }
        return router
    }

    private func text(_ status: HTTPResponse.Status, _ body: String) -> Response {
        answer(status, "text/plain; charset=utf-8", body)
    }

    private func answer(_ status: HTTPResponse.Status, _ type: String, _ body: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}

/// `?verbose&exclude=broker`, as Kubernetes' own servers take them.
struct AdminQuery {
    let isVerbose: Bool
    let excluded: Set<String>

    init(_ query: String?) {
        let items = (query ?? "").split(separator: "&")
        isVerbose = items.contains { $0 == "verbose" || $0.hasPrefix("verbose=") }
        excluded = Set(items.filter { $0.hasPrefix("exclude=") }.map { String($0.dropFirst("exclude=".count)) })
    }
}

extension HealthReport {
    fileprivate func excluding(_ names: Set<String>) -> HealthReport {
        names.isEmpty ? self : HealthReport(results: results.filter { !names.contains($0.name) })
    }
}
