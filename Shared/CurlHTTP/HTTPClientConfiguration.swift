/// Which proxy requests go through.
package enum HTTPProxy: Sendable, Equatable {
    /// None, whatever the environment says.
    case none
    /// As `http_proxy`, `https_proxy` and `no_proxy` say; never for this machine itself.
    case environment
    /// This one, such as `http://proxy.internal:3128`.
    case url(String)
}

/// Limits and trust of one `HTTPClient`.
package struct HTTPClientConfiguration: Sendable {
    /// The limit on name look-up, TCP and TLS together, within the request's deadline.
    package var connectTimeout: Duration = .seconds(5)
    /// A larger body of `execute` fails with `responseTooLarge`; streams aren't limited as a whole.
    package var maximumResponseBytes = 16 << 20
    /// All header fields of one answer together.
    package var maximumHeaderBytes = 256 << 10
    /// What a stream holds for a slow reader before it makes the server wait.
    package var streamBufferBytes = 256 << 10
    /// A stream that brings less than a byte a second for so long fails with `timeout`; nil for no such limit.
    package var streamIdleTimeout: Duration?
    /// PEM file of the authorities to trust in place of the system's.
    package var caFile: String?
    /// Off only for a test against a self-signed server.
    package var verifyTLS = true
    package var userAgent = "triageloop"
    /// More requests wait for a connection within their deadline.
    package var maximumConnectionsPerHost = 32
    package var maximumConnections = 256
    /// Follows at most five redirects.
    package var followRedirects = false
    package var proxy = HTTPProxy.none

    package init() {}
}
