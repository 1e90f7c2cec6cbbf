package import Contracts
package import Logging
package import Observability
import Postgres
import RabbitMQ

/// What a service's build function gets besides its own settings.
package struct ServiceContext: Sendable {
    package let name: ServiceName
    package let common: CommonSettings
    /// Register the checks of what the service needs.
    package let health: HealthRegistry
    package let metrics: PrometheusRegistry
    package let logger: Logger

    package init(
        name: ServiceName, common: CommonSettings, health: HealthRegistry, metrics: PrometheusRegistry, logger: Logger
    ) {
        self.name = name
        self.common = common
        self.health = health
        self.metrics = metrics
        self.logger = logger
    }
}

extension HealthRegistry {
    /// Fails while a connection (to the broker, the database) is away.
    package func registerConnection(
        _ name: String, isRequired: Bool = true, isConnected: @escaping @Sendable () -> Bool
    ) {
        register(name, isRequired: isRequired) { isConnected() ? .pass : .fail("not connected") }
    }
}
