/// Where the broker is and how to talk to it.
package struct BrokerConfiguration: Sendable, Equatable {
    /// Tried in turn; never empty.
    package var endpoints: [BrokerEndpoint]
    package var virtualHost: String
    package var username: String
    package var password: String
    /// Offered to the broker; a peer that is silent for twice as long counts as dead. 1 to 65,535.
    package var heartbeatSeconds: UInt16
    /// For TCP (and TLS), and again for the AMQP handshake.
    package var connectTimeout: Duration
    /// For one synchronous call (declare, bind, get, close).
    package var rpcTimeout: Duration
    /// From handing a message to the socket until its confirm.
    package var confirmTimeout: Duration
    /// Nil: plain TCP.
    package var tls: BrokerTLS?
    /// Shown by the management page and `rabbitmqctl list_connections`.
    package var connectionName: String
    package var frameMaximumBytes: Int

    package init(
        endpoints: [BrokerEndpoint] = [BrokerEndpoint(host: "127.0.0.1", port: 5672)],
        virtualHost: String = "/",
        username: String = "guest",
        password: String = "guest",
        heartbeatSeconds: UInt16 = 10,
        connectTimeout: Duration = .seconds(5),
        rpcTimeout: Duration = .seconds(10),
        confirmTimeout: Duration = .seconds(10),
        tls: BrokerTLS? = nil,
        connectionName: String = "triageloop",
        frameMaximumBytes: Int = 131_072
    ) {
        self.endpoints = endpoints
        self.virtualHost = virtualHost
        self.username = username
        self.password = password
        self.heartbeatSeconds = heartbeatSeconds
        self.connectTimeout = connectTimeout
        self.rpcTimeout = rpcTimeout
        self.confirmTimeout = confirmTimeout
        self.tls = tls
        self.connectionName = connectionName
        self.frameMaximumBytes = frameMaximumBytes
    }

    /// The same with another connection name.
    package func named(_ name: String) -> BrokerConfiguration {
        var copy = self
        copy.connectionName = name
        return copy
    }
}

/// One node of the broker.
package struct BrokerEndpoint: Sendable, Equatable, Hashable, CustomStringConvertible {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// TLS towards the broker; checks the certificate's chain and name unless told otherwise.
package struct BrokerTLS: Sendable, Equatable {
    /// Where Debian keeps the authorities it trusts; the library knows no system store.
    package static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// PEM file of the authorities to trust; nil: those of the system.
    package var caFile: String?
    package var verifyPeer: Bool
    package var verifyHostname: Bool
    /// PEM files of our own certificate and key, both or neither.
    package var certificateFile: String?
    package var keyFile: String?

    package init(
        caFile: String? = nil, verifyPeer: Bool = true, verifyHostname: Bool = true, certificateFile: String? = nil,
        keyFile: String? = nil
    ) {
        self.caFile = caFile
        self.verifyPeer = verifyPeer
        self.verifyHostname = verifyHostname
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
