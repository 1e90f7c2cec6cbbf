import CCurl

/// Why no answer came, or why it stopped.
package struct HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Nobody listens there, or the network has no way to it: the request wasn't sent.
        case connectionFailed
        /// The connection broke under the request: it may or may not have been handled.
        case connectionLost
        case resolveFailed
        /// No address that the name leads to may be connected to: nothing was sent.
        case addressRefused
        /// The deadline, or the limit of a phase, passed.
        case timeout
        case tls
        case responseTooLarge
        case cancelled
        /// The request can't be sent, or what came back isn't HTTP.
        case malformed
        /// The client was closed.
        case closed
    }

    /// What took too long.
    package enum Phase: String, Sendable {
        /// The wait for a free connection, or for the look-up of a name.
        case queue
        /// Name look-up, TCP and TLS together.
        case connect
        case tls
        case firstByte = "first byte"
        case idle
        /// The whole request.
        case total
    }

    package let code: Code
    /// Whether the same request may succeed later.
    package let isRetriable: Bool
    package let reason: String
    /// libcurl's `CURLcode`, when it comes from there.
    package let curlCode: Int?
    /// With `timeout`.
    package let phase: Phase?
    /// Whether the server may have seen the request.
    package let wasSent: Bool

    package init(
        code: Code, isRetriable: Bool, reason: String, curlCode: Int? = nil, phase: Phase? = nil, wasSent: Bool = false
    ) {
        self.code = code
        self.isRetriable = isRetriable
        self.reason = reason
        self.curlCode = curlCode
        self.phase = phase
        self.wasSent = wasSent
    }

    package var description: String {
        curlCode.map { "\(code.rawValue): \(reason) (curl \($0))" } ?? "\(code.rawValue): \(reason)"
    }
}

extension HTTPClientError {
    static let cancelled = HTTPClientError(code: .cancelled, isRetriable: false, reason: "the task was cancelled")
    static let closed = HTTPClientError(code: .closed, isRetriable: false, reason: "the client is closed")

    static func timeout(phase: Phase, wasSent: Bool) -> HTTPClientError {
        HTTPClientError(
            code: .timeout, isRetriable: true, reason: "over the time limit (\(phase.rawValue))", phase: phase,
            wasSent: wasSent)
    }

    /// The same fault of a request that was on its way, or not.
    func whenSent(_ wasSent: Bool) -> HTTPClientError {
        HTTPClientError(
            code: code, isRetriable: isRetriable, reason: reason, curlCode: curlCode,
            phase: code == .timeout ? phase ?? (wasSent ? .total : .connect) : nil, wasSent: wasSent)
    }

    static func malformed(_ reason: String) -> HTTPClientError {
        HTTPClientError(code: .malformed, isRetriable: false, reason: reason)
    }

    static func addressRefused(_ address: String) -> HTTPClientError {
        HTTPClientError(code: .addressRefused, isRetriable: false, reason: "may not be connected to: \(address)")
    }

    static func tooLarge(_ reason: String) -> HTTPClientError {
        HTTPClientError(code: .responseTooLarge, isRetriable: false, reason: reason)
    }

    /// - Parameter detail: libcurl's own words on this transfer; its general ones stand in when there are none.
    init(curl: CURLcode, detail: String) {
        let (code, isRetriable): (Code, Bool) =
            switch curl {
            case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_INTERFACE_FAILED: (.connectionFailed, true)
            case CURLE_COULDNT_RESOLVE_HOST: (.resolveFailed, true)
            case CURLE_OPERATION_TIMEDOUT: (.timeout, true)
            case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2,
                CURLE_HTTP2_STREAM, CURLE_HTTP3, CURLE_WRITE_ERROR, CURLE_AGAIN:
                (.connectionLost, true)
            // A handshake also fails when the server goes down in the middle of it.
            case CURLE_SSL_CONNECT_ERROR: (.tls, true)
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
                CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED, CURLE_SSL_CLIENTCERT:
                (.tls, false)
            case CURLE_FILESIZE_EXCEEDED: (.responseTooLarge, false)
            default: (.malformed, false)
            }
        self.init(
            code: code, isRetriable: isRetriable,
            reason: detail.isEmpty ? String(cString: curl_easy_strerror(curl)) : detail, curlCode: Int(curl.rawValue))
    }
}
