package import Contracts
package import Logging
package import Postgres
package import RabbitMQ
package import Settings

/// What every service needs to know: where it listens for its operators, how much it logs, its database, its broker.
package struct CommonSettings: Sendable {
    package let logLevel: Logger.Level
    /// How long the service goes on serving, unready, after it was told to stop.
    package let shutdownDelay: Duration
    package let admin: AdminAddress
    package let broker: BrokerConfiguration
    package let database: DatabaseConfiguration

    /// Reads them; faults are collected by the reader.
    /// - Parameters:
    ///   - databaseRole: the role that the service's URL should name, for the summary.
    ///   - defaultPoolSize: connections to the database.
    package init(
        reader: inout SettingsReader, service: ServiceName, defaultAdminPort: Int, databaseRole: String,
        defaultPoolSize: Int = 4
    ) {
        logLevel = reader.choice("LOG_LEVEL", default: Logger.Level.info, summary: "the least level that is logged")
        shutdownDelay = reader.duration(
            "SHUTDOWN_DELAY", default: .zero, in: .zero...(.seconds(60)),
            summary:
                "how long the service goes on serving after it was told to stop, while /readyz says no, so that whoever "
                + "sends it requests looks elsewhere")
        admin = AdminAddress(reader: &reader, defaultPort: defaultAdminPort)
        broker = Self.broker(&reader, service)
        database = Self.database(&reader, service, databaseRole, defaultPoolSize)
    }

    private static func broker(_ reader: inout SettingsReader, _ service: ServiceName) -> BrokerConfiguration {
        let url = reader.string(
            "AMQP_URL", default: nil, summary: "amqp(s)://user:password@host:port,host:port/vhost of the broker",
            isSecret: true)
        let authorities = reader.optionalString(
            "AMQP_CA_FILE", summary: "PEM file of the authorities that amqps trusts")
        var configuration = BrokerConfiguration()
        if !url.isEmpty {
            do throws(BrokerError) {
                configuration = try BrokerConfiguration(url: url)
            } catch {
                reader.fault("AMQP_URL", "can't be used: \(error.reason)")
            }
        }
        if let authorities {
            if configuration.tls != nil {
                configuration.tls?.caFile = authorities
            } else if !url.isEmpty {
                reader.fault("AMQP_CA_FILE", "needs an amqps:// address in \(SettingsReader.prefix)AMQP_URL")
            }
        }
        return configuration.named(service.rawValue)
    }

    private static func database(
        _ reader: inout SettingsReader, _ service: ServiceName, _ role: String, _ defaultPoolSize: Int
    ) -> DatabaseConfiguration {
        let url = reader.string(
            "DATABASE_URL", default: nil, summary: "libpq URI of the database, as the role \(role)", isSecret: true)
        let poolSize = reader.integer(
            "DATABASE_POOL_SIZE", default: defaultPoolSize, in: 1...200, unit: "connections",
            summary: "the most connections to the database")
        var configuration = DatabaseConfiguration(
            url: url, poolSize: poolSize, applicationName: service.rawValue)
        // A plan kept from when a table was empty reads all of it once it is full, and outboxes are empty at first.
        configuration.forcesCustomPlans = true
        if !url.isEmpty {
            do throws(DatabaseError) {
                try configuration.validate()
            } catch {
                reader.fault("DATABASE_URL", "can't be used: \(error.reason)")
            }
        }
        return configuration
    }
}

/// Where a service answers its operators: health and metrics.
package struct AdminAddress: Sendable, Equatable {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package init(reader: inout SettingsReader, defaultPort: Int) {
        host = reader.string(
            "ADMIN_HOST", default: "127.0.0.1", summary: "the address that health and metrics are served on")
        port = reader.integer(
            "ADMIN_PORT", default: defaultPort, in: 0...65_535, unit: "port",
            summary: "the port that health and metrics are served on; 0 takes a free one")
    }
}
