import Logging
package import ServiceLifecycle

/// One long-lived part of a service, under the name that logs show.
///
/// A part retries inside: one that ends before the shutdown ends the whole process.
package struct ServicePart: Sendable {
    package let name: String
    let service: any Service

    /// A part that minds graceful shutdown itself.
    package init(_ name: String, _ service: any Service) {
        self.name = name
        self.service = service
    }

    /// A part that runs until it is cancelled, which is how it is shut down.
    package init(_ name: String, run: @escaping @Sendable () async throws -> Void) {
        self.init(name, CancelledOnShutdown(body: run))
    }

    /// Runs the part alone.
    package func run() async throws { try await service.run() }
}

private struct CancelledOnShutdown: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws { try await cancelWhenGracefulShutdown { try await body() } }
}

/// Logs the life of a part and tells its end by shutdown from a crash.
struct ObservedPart: Service, CustomStringConvertible {
    let part: ServicePart
    let watchdog: ShutdownWatchdog
    let logger: Logger

    var description: String { part.name }

    func run() async throws {
        let start = ContinuousClock.now
        logger.info("part started", metadata: ["part": .string(part.name)])
        let isStopping = StopTimes()
        do {
            try await withGracefulShutdownHandler {
                try await part.run()
            } onGracefulShutdown: {
                isStopping.begin()
                logger.info("part stopping", metadata: ["part": .string(part.name)])
            }
        } catch is CancellationError where isStopping.began != nil || Task.isCancelled {
            // The way a part ends that was cancelled by the shutdown.
        } catch {
            watchdog.begin()
            logger.critical(
                "part failed",
                metadata: [
                    "part": .string(part.name), "error": "\(error)", "error_code": "INTERNAL_ERROR",
                    "ran_seconds": .string(seconds(since: start)),
                ])
            throw error
        }
        guard let began = isStopping.began else {
            if Task.isCancelled { return }
            watchdog.begin()
            logger.critical("part ended by itself", metadata: ["part": .string(part.name)])
            return
        }
        logger.info(
            "part stopped",
            metadata: [
                "part": .string(part.name), "stopping_seconds": .string(seconds(since: began)),
                "ran_seconds": .string(seconds(since: start)),
            ])
    }
}
