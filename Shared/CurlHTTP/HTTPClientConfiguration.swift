/// Which proxy requests go through.
package enum HTTPProxy: Sendable, Hashable {
    /// None, whatever the environment says.
    case none
    /// As `http_proxy`, `https_proxy` and `no_proxy` say; never for this machine itself.
    case environment
    /// This one, such as `http://proxy.internal:3128`.
    case url(String)
}

/// Which versions of HTTP a client offers. None is HTTP/2 without TLS: libcurl 7.88 breaks off when it uses such a
/// connection again.
package enum HTTPVersions: Sendable, Hashable {
    /// HTTP/2 where a TLS server agrees to it, else HTTP/1.1.
    case automatic
    case http1
}

/// Limits and trust of one `HTTPClient`.
package struct HTTPClientConfiguration: Sendable, Hashable {
    /// The limit on name look-up, TCP and TLS together, within the request's deadline.
    package var connectTimeout: Duration = .seconds(5)
    /// The limit on the TLS handshake within that; nil for no limit of its own.
    package var tlsTimeout: Duration?
    /// How long the first byte of an answer may take once a connection is ready; nil for no limit of its own.
    package var firstByteTimeout: Duration?
    /// A larger body of `execute` fails with `responseTooLarge`.
    package var maximumResponseBytes = 16 << 20
    /// A larger body of `stream` fails with `responseTooLarge`; nil for a stream without an end.
    package var maximumStreamBytes: Int?
    /// All header fields of one answer together.
    package var maximumHeaderBytes = 256 << 10
    /// What a stream holds for a slow reader before it makes the server wait.
    package var streamBufferBytes = 256 << 10
    /// An answer that brings no byte for so long, after its first, fails with `timeout`; nil for no such limit. The time
    /// that a stream's reader takes doesn't count.
    package var idleTimeout: Duration?
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
    package var versions = HTTPVersions.automatic
    /// Whether a request is sent again by itself when a kept connection broke before any byte of the answer. Off where
    /// the server may have handled the first one, and that must not happen twice.
    package var resendsOnLostConnection = true

    package init() {}
}
