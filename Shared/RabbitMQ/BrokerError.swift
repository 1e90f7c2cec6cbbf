/// What went wrong between us and the broker.
package struct BrokerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The stable kind of a failure.
    package enum Code: String, Sendable, CaseIterable {
        /// No TCP connection, or the name does not resolve.
        case connectionRefused
        /// The connection existed and is gone; what was unconfirmed may or may not have arrived.
        case connectionLost
        /// No answer in time; what was unconfirmed may or may not have arrived.
        case timeout
        /// The broker refused the credentials or the virtual host.
        case authentication
        /// TLS handshake or verification failed.
        case tls
        /// The broker closed the channel for a reason that has no code of its own.
        case channelClosed
        /// 404: no such queue or exchange.
        case notFound
        /// 403: the user may not do this.
        case accessRefused
        /// 405: an exclusive queue of another connection.
        case resourceLocked
        /// 406: other arguments than those of the existing queue or exchange, or an unknown delivery tag.
        case precondition
        /// `basic.return`: no queue takes this routing key.
        case unroutable
        /// The broker confirmed negatively: it did not take the message.
        case nacked
        /// There is no connection now.
        case notConnected
        /// The broker is in a memory or disk alarm and takes no messages.
        case blocked
        /// The caller was cancelled before an answer came.
        case cancelled
        /// The broker sent what the protocol doesn't allow here, or the library couldn't read it.
        case protocolViolation
        case outOfMemory
        /// A message that cannot be put on the wire: an overlong name or too many headers.
        case invalidMessage
        case invalidURL
        /// The object was closed by us.
        case closed
    }

    package let code: Code
    /// Whether the same call may succeed later without anybody changing anything by hand.
    package let isRetriable: Bool
    /// For people: never holds credentials or message text.
    package let reason: String
    /// AMQP's own number (404, 406, 312 …) where the broker gave one.
    package let replyCode: Int?

    package init(_ code: Code, reason: String, replyCode: Int? = nil, isRetriable: Bool? = nil) {
        self.code = code
        self.reason = reason
        self.replyCode = replyCode
        self.isRetriable = isRetriable ?? code.isUsuallyRetriable
    }

    package var description: String {
        "\(code.rawValue)\(replyCode.map { " \($0)" } ?? ""): \(reason)"
    }
}

extension BrokerError.Code {
    var isUsuallyRetriable: Bool {
        switch self {
        case .connectionRefused, .connectionLost, .timeout, .channelClosed, .unroutable, .nacked, .notConnected,
            .blocked, .resourceLocked:
            true
        case .authentication, .tls, .notFound, .accessRefused, .precondition, .cancelled, .protocolViolation,
            .outOfMemory, .invalidMessage, .invalidURL, .closed:
            false
        }
    }

    /// The code for the number in a `channel.close`.
    init(channelReplyCode: Int) {
        switch channelReplyCode {
        case 403: self = .accessRefused
        case 404: self = .notFound
        case 405: self = .resourceLocked
        case 406: self = .precondition
        default: self = .channelClosed
        }
    }
}
