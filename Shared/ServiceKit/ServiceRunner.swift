package import Contracts
import Glibc
import Logging
import Observability
import ServiceLifecycle
package import Settings
import UnixSignals

/// The life of a service's process: arguments, settings, logs, metrics, parts, shutdown, exit code.
package enum ServiceRunner {
    /// A part failed (sysexits.h, EX_SOFTWARE).
    package static let failureCode: Int32 = 70
    private static let usageCode: Int32 = 64
    /// After this, SHUTDOWN_DELAY left out, the parts that still run are cancelled.
    private static let gracefulLimit: Duration = .seconds(30)
    /// After this, SHUTDOWN_DELAY left out, the process ends whatever a part does.
    private static let shutdownLimit: Duration = .seconds(35)

    /// What differs between the services.
    package struct Plan<OwnSettings: Sendable>: Sendable {
        let name: ServiceName
        let defaultAdminPort: Int
        let databaseRole: String
        let read: @Sendable (inout SettingsReader) -> OwnSettings
        let build: @Sendable (OwnSettings, ServiceContext) async throws -> [ServicePart]

        /// - Parameters:
        ///   - read: reads the service's own settings; faults go to the reader.
        ///   - build: makes the parts, dependencies first; they are stopped in reverse. Must not need the database
        ///     or the broker to be there.
        package init(
            name: ServiceName, defaultAdminPort: Int, databaseRole: String,
            read: @escaping @Sendable (inout SettingsReader) -> OwnSettings,
            build: @escaping @Sendable (OwnSettings, ServiceContext) async throws -> [ServicePart]
        ) {
            self.name = name
            self.defaultAdminPort = defaultAdminPort
            self.databaseRole = databaseRole
            self.read = read
            self.build = build
        }
    }

    /// Runs a service until it is told to stop, and exits: 0 after a graceful stop, 64 for wrong arguments, 70 when
    /// a part failed, 78 for wrong settings.
    package static func main<OwnSettings>(
        _ plan: Plan<OwnSettings>, arguments: [String] = CommandLine.arguments
    ) async -> Never {
        // A reader of our log or a peer that goes away must not end the process.
        signal(SIGPIPE, SIG_IGN)
        switch Array(arguments.dropFirst()) {
        case []: break
        case ["--version"]: finish(0, "\(plan.name.rawValue) \(BuildInfo.version)\n")
        case ["--help"], ["-h"]: finish(0, usage(plan.name))
        case ["--print-config"]: printConfiguration(plan)
        case ["healthcheck"]: healthcheck(plan)
        default: finish(usageCode, usage(plan.name), to: STDERR_FILENO)
        }
        let (own, common, _) = readSettings(plan)
        let code = await run(plan, own, common)
        LogSystem.flush()
        exit(code)
    }

    private static func usage(_ name: ServiceName) -> String {
        """
        usage: \(name.rawValue) [--print-config | --version | --help | healthcheck]
          (nothing)       runs the service until SIGTERM or SIGINT
          --print-config  prints every setting, secrets hidden, and checks them
          healthcheck     exits with 0 when the service that runs here is ready

        """
    }

    private static func readSettings<OwnSettings>(
        _ plan: Plan<OwnSettings>
    ) -> (OwnSettings, CommonSettings, SettingsReader) {
        var reader = SettingsReader()
        let common = CommonSettings(
            reader: &reader, service: plan.name, defaultAdminPort: plan.defaultAdminPort,
            databaseRole: plan.databaseRole)
        let own = plan.read(&reader)
        do throws(SettingsError) {
            try reader.finish()
        } catch {
            finish(SettingsError.exitCode, "\(plan.name.rawValue): \(error)", to: STDERR_FILENO)
        }
        return (own, common, reader)
    }

    private static func printConfiguration<OwnSettings>(_ plan: Plan<OwnSettings>) -> Never {
        let (_, _, reader) = readSettings(plan)
        finish(0, reader.table())
    }

    private static func healthcheck<OwnSettings>(_ plan: Plan<OwnSettings>) -> Never {
        var reader = SettingsReader()
        let address = AdminAddress(reader: &reader, defaultPort: plan.defaultAdminPort)
        finish(HealthCheckCommand.isReady(address) ? 0 : 1)
    }

    private static func run<OwnSettings>(
        _ plan: Plan<OwnSettings>, _ own: OwnSettings, _ common: CommonSettings
    ) async -> Int32 {
        LogSystem.bootstrap(service: plan.name, level: common.logLevel)
        let metrics = PrometheusRegistry()
        metrics.bootstrap()
        let context = ServiceContext(
            name: plan.name, common: common, health: HealthRegistry(), metrics: metrics,
            logger: Logger(label: plan.name.rawValue))
        let logger = context.logger
        let start = ContinuousClock.now
        logger.notice("service starting", metadata: ["process_id": "\(getpid())"])
        do {
            let parts = try await plan.build(own, context)
            try await run(parts, context)
        } catch {
            logger.critical(
                "service failed",
                metadata: [
                    "error": "\(error)", "error_code": .string(ErrorCode.internalError.rawValue),
                    "ran_seconds": .string(seconds(since: start)),
                ])
            return failureCode
        }
        logger.notice("service stopped", metadata: ["ran_seconds": .string(seconds(since: start))])
        return 0
    }

    /// Runs the parts between the admin server, which goes last, and the gate that makes the service unready first.
    ///
    /// Returns after a graceful stop, by a signal or by the group around it; throws when a part failed or ended.
    /// - Parameters:
    ///   - onListening: gets the admin server's port.
    ///   - pause: waits for SHUTDOWN_DELAY.
    package static func run(
        _ parts: [ServicePart], _ context: ServiceContext,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in },
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async throws {
        let admin = AdminServer(
            service: context.name, address: context.common.admin, health: context.health, metrics: context.metrics,
            logger: context.logger, onListening: onListening)
        let delay = context.common.shutdownDelay
        let watchdog = ShutdownWatchdog(limit: delay + shutdownLimit, logger: context.logger)
        defer { watchdog.end() }
        let gate = ServicePart(
            "readiness",
            DrainingGate(
                health: context.health, watchdog: watchdog, logger: context.logger, delay: delay, pause: pause))
        let all = [ServicePart("admin", admin)] + parts + [gate]
        var configuration = ServiceGroupConfiguration(
            services: all.map { ObservedPart(part: $0, watchdog: watchdog, logger: context.logger) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(context.logger))
        configuration.maximumGracefulShutdownDuration = delay + gracefulLimit
        try await ServiceGroup(configuration: configuration).run()
    }

    /// The group's own lines would repeat what the parts' lines say.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private static func finish(_ code: Int32, _ text: String = "", to descriptor: Int32 = STDOUT_FILENO) -> Never {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            start += count
        }
        exit(code)
    }
}

/// The last part, so the first to hear of the shutdown: from then on `/readyz` says no. The parts before it hear of the
/// shutdown when this one has ended, after the delay.
private struct DrainingGate: Service {
    let health: HealthRegistry
    let watchdog: ShutdownWatchdog
    let logger: Logger
    let delay: Duration
    let pause: @Sendable (Duration) async throws -> Void

    func run() async throws {
        try await gracefulShutdown()
        logger.notice("service stopping")
        watchdog.begin()
        health.drain()
        if delay > .zero { try await pause(delay) }
    }
}
