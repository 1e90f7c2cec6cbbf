import CRabbitMQ
import Glibc

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}

extension BrokerLink {
    /// The failure of the synchronous call before; answers a close of channel or connection.
    func lastRPCFailure(_ action: String) -> BrokerError {
        rpcFailure(handle.withState { amqp_get_rpc_reply($0) }, action)
    }

    /// The failure in a reply that isn't normal; answers a close of channel or connection.
    func rpcFailure(_ reply: amqp_rpc_reply_t, _ action: String) -> BrokerError {
        switch reply.reply_type {
        case AMQP_RESPONSE_SERVER_EXCEPTION: answerClose(reply.reply, action)
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: fail(linkFailure(reply.library_error, action))
        default: fail(BrokerError(.connectionLost, reason: "\(action): the broker closed the connection"))
        }
    }

    /// Answers `channel.close` or `connection.close` as the protocol wants it, and says what it meant.
    func answerClose(_ method: amqp_method_t, _ action: String = "the broker closed the channel") -> BrokerError {
        guard let decoded = method.decoded else {
            return fail(BrokerError(.protocolViolation, reason: "\(action): a close without its fields"))
        }
        if method.id == AMQP_CHANNEL_CLOSE_METHOD {
            let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            let code = Int(close.reply_code)
            let error = BrokerError(
                BrokerError.Code(channelReplyCode: code), reason: "\(action): \(String(copying: close.reply_text))",
                replyCode: code)
            isChannelOpen = false
            content.reset()
            var answer = amqp_channel_close_ok_t()
            let status = handle.withState {
                amqp_send_method($0, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer)
            }
            if status != 0 { _ = fail(linkFailure(status, "answering channel.close")) }
            return error
        }
        guard method.id == AMQP_CONNECTION_CLOSE_METHOD else {
            return fail(BrokerError(.protocolViolation, reason: "\(action): an unexpected answer"))
        }
        let error = connectionCloseFailure(decoded, action)
        var answer = amqp_connection_close_ok_t()
        // The connection is over whether or not the answer gets through.
        _ = handle.withState { amqp_send_method($0, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer) }
        return fail(error)
    }
}

/// What a library status means for a connection that was open.
func linkFailure(_ status: Int32, _ action: String) -> BrokerError {
    let reason = "\(action): \(libraryText(status))"
    switch status {
    case AMQP_STATUS_NO_MEMORY.rawValue: return BrokerError(.outOfMemory, reason: reason)
    case AMQP_STATUS_TIMEOUT.rawValue: return BrokerError(.timeout, reason: reason)
    case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNKNOWN_CLASS.rawValue, AMQP_STATUS_UNKNOWN_METHOD.rawValue,
        AMQP_STATUS_WRONG_METHOD.rawValue, AMQP_STATUS_UNEXPECTED_STATE.rawValue:
        return BrokerError(.protocolViolation, reason: reason, isRetriable: true)
    case AMQP_STATUS_TABLE_TOO_BIG.rawValue, AMQP_STATUS_INVALID_PARAMETER.rawValue:
        return BrokerError(.invalidMessage, reason: reason)
    default: return BrokerError(.connectionLost, reason: reason)
    }
}

/// What a library status means while connecting.
func openFailure(_ status: Int32, _ endpoint: BrokerEndpoint) -> BrokerError {
    let reason = "connecting to \(endpoint): \(libraryText(status))"
    switch status {
    case AMQP_STATUS_TIMEOUT.rawValue: return BrokerError(.timeout, reason: reason)
    case AMQP_STATUS_SSL_ERROR.rawValue, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue,
        AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue, AMQP_STATUS_SSL_CONNECTION_FAILED.rawValue:
        return BrokerError(.tls, reason: reason)
    default: return BrokerError(.connectionRefused, reason: reason)
    }
}

/// What an unsuccessful login means.
func loginFailure(_ reply: amqp_rpc_reply_t, _ endpoint: BrokerEndpoint) -> BrokerError {
    let action = "logging in at \(endpoint)"
    guard reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION, let decoded = reply.reply.decoded,
        reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD
    else {
        let status =
            reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
            ? reply.library_error : AMQP_STATUS_CONNECTION_CLOSED.rawValue
        return linkFailure(status, action)
    }
    return connectionCloseFailure(decoded, action, isLoggingIn: true)
}

private func connectionCloseFailure(
    _ decoded: UnsafeMutableRawPointer, _ action: String, isLoggingIn: Bool = false
) -> BrokerError {
    let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
    let code = Int(close.reply_code)
    let reason = "\(action): \(String(copying: close.reply_text))"
    // 403: user or password, 530: virtual host. 320: closed by an operator or a shutdown.
    if isLoggingIn, code == 403 || code == 530 || code == 402 {
        return BrokerError(.authentication, reason: reason, replyCode: code)
    }
    return BrokerError(.connectionLost, reason: reason, replyCode: code)
}

private func libraryText(_ status: Int32) -> String {
    guard let text = amqp_error_string2(status) else { return "status \(status)" }
    return String(cString: text)
}
