import CRabbitMQ
import Glibc

/// One AMQP connection with one open channel: every call into the library goes through here.
///
/// Not thread-safe: it stays inside the actor that made it, on that actor's `PollThread`. Calls block that thread at
/// most for the configured time-outs. After the first failure that ends the connection every call throws it again.
final class BrokerLink {
    let channel: amqp_channel_t = 1
    let descriptor: Int32
    let isTLS: Bool
    let rpcTimeout: Duration
    /// What the peers agreed on.
    let heartbeat: Duration
    let handle: ConnectionHandle
    /// Why this connection or its channel can't be used any more.
    var failure: BrokerError?
    var isChannelOpen = false
    var arena = WireArena()
    var content = ContentAssembler()
    private let frameMaximumBytes: Int

    /// Connects and logs in; blocks for at most twice `connectTimeout`, besides name resolution.
    /// - Throws: `connectionRefused`, `tls`, `timeout`, `authentication`, `protocolViolation`.
    init(configuration: BrokerConfiguration, endpoint: BrokerEndpoint) throws(BrokerError) {
        isTLS = configuration.tls != nil
        rpcTimeout = configuration.rpcTimeout
        let handle = try ConnectionHandle()
        var arena = WireArena()
        let negotiated = try handle.withState { (state) throws(BrokerError) -> Negotiated in
            let socket = try makeSocket(state, configuration.tls)
            var timeout = timeval(configuration.connectTimeout)
            var status = amqp_set_handshake_timeout(state, &timeout)
            if status == 0 {
                var rpc = timeval(configuration.rpcTimeout)
                status = amqp_set_rpc_timeout(state, &rpc)
            }
            if status == 0 {
                status = amqp_socket_open_noblock(socket, endpoint.host, Int32(endpoint.port), &timeout)
            }
            guard status == 0 else { throw openFailure(status, endpoint) }
            let descriptor = amqp_get_sockfd(state)
            guard descriptor >= 0 else { throw openFailure(AMQP_STATUS_SOCKET_ERROR.rawValue, endpoint) }
            triageloop_amqp_prepare_socket(descriptor, UInt32(configuration.heartbeatSeconds) * 2_000)
            try logIn(state, configuration, endpoint, &arena)
            return Negotiated(
                descriptor: descriptor, heartbeatSeconds: Int(amqp_get_heartbeat(state)),
                frameMaximumBytes: Int(amqp_get_frame_max(state)))
        }
        self.handle = handle
        self.arena = arena
        descriptor = negotiated.descriptor
        // A broker may turn heartbeats off; then ours is the measure for our own ticks.
        heartbeat = .seconds(
            negotiated.heartbeatSeconds > 0 ? negotiated.heartbeatSeconds : Int(configuration.heartbeatSeconds))
        frameMaximumBytes = negotiated.frameMaximumBytes
        try openChannel()
    }

    /// Opens the channel, also after the broker closed it.
    func openChannel() throws(BrokerError) {
        if isChannelOpen { return }
        content.reset()
        let isOpen = handle.withState { amqp_channel_open($0, channel) != nil }
        guard isOpen else { throw lastRPCFailure("opening the channel") }
        isChannelOpen = true
    }

    /// Whether a frame may be waiting inside the library, where the socket's readiness doesn't show it.
    var hasBufferedFrames: Bool {
        handle.withState { amqp_data_in_buffer($0) != 0 || amqp_frames_enqueued($0) != 0 }
    }

    var isWritable: Bool { triageloop_amqp_is_writable(descriptor) != 0 }

    /// Holds small segments back until uncorked, so that a batch of messages goes out in full packets.
    func setCorked(_ isCorked: Bool) { triageloop_amqp_cork(descriptor, isCorked ? 1 : 0) }

    /// Puts a message into the socket; only the confirm says that the broker took it.
    /// - Throws: `invalidMessage` leaves the connection as it was; every other error ends it.
    func publish(_ message: borrowing OutgoingMessage) throws(BrokerError) {
        try checkUsable()
        arena.reset()
        let exchange = try arena.shortText(message.exchange)
        let routingKey = try arena.shortText(message.routingKey)
        var properties = try wireProperties(message.properties, in: &arena, maximumBytes: frameMaximumBytes)
        let isMandatory: amqp_boolean_t = message.isMandatory ? 1 : 0
        let status = handle.withState { state in
            message.body.withUnsafeBytes { body in
                amqp_basic_publish(
                    state, channel, exchange, routingKey, isMandatory, 0, &properties,
                    amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
            }
        }
        guard status == 0 else { throw fail(linkFailure(status, "publishing")) }
    }

    /// Acknowledges one delivery, or all up to it.
    func acknowledge(_ tag: UInt64, multiple: Bool) throws(BrokerError) {
        try checkUsable()
        let status = handle.withState { amqp_basic_ack($0, channel, tag, multiple ? 1 : 0) }
        guard status == 0 else { throw fail(linkFailure(status, "acknowledging")) }
    }

    /// Gives one delivery back, to the queue or to its dead-letter exchange.
    func reject(_ tag: UInt64, requeue: Bool) throws(BrokerError) {
        try checkUsable()
        let status = handle.withState { amqp_basic_reject($0, channel, tag, requeue ? 1 : 0) }
        guard status == 0 else { throw fail(linkFailure(status, "rejecting")) }
    }

    /// Reads at most what has arrived, sends a heartbeat if one is due, never waits.
    /// - Returns: nil when no complete event is there.
    func nextEvent() throws(BrokerError) -> LinkEvent? { try nextEvent(waiting: .zero) }

    /// Waits for the next event at most so long.
    func nextEvent(waiting timeout: Duration) throws(BrokerError) -> LinkEvent? {
        if let failure { throw failure }
        var frame = amqp_frame_t()
        var wait = timeval(timeout)
        while true {
            let status = handle.withState { amqp_simple_wait_frame_noblock($0, &frame, &wait) }
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            guard status == 0 else { throw fail(linkFailure(status, "reading")) }
            let event = try digest(frame)
            if !content.isPending {
                handle.withState { amqp_maybe_release_buffers_on_channel($0, frame.channel) }
            }
            if let event { return event }
        }
    }

    /// Tells the broker that we live, for when nothing is read.
    func sendHeartbeat() throws(BrokerError) {
        try checkUsable()
        var frame = amqp_frame_t()
        frame.frame_type = UInt8(AMQP_FRAME_HEARTBEAT)
        let status = handle.withState { amqp_send_frame($0, &frame) }
        guard status == 0 else { throw fail(linkFailure(status, "sending a heartbeat")) }
    }

    /// Says good-bye to the broker; blocks for at most `rpcTimeout`.
    func close() {
        guard failure == nil else { return }
        failure = BrokerError(.closed, reason: "closed by us")
        isChannelOpen = false
        // Whether the broker answers makes no difference: the socket is closed next.
        _ = handle.withState { amqp_connection_close($0, Int32(AMQP_REPLY_SUCCESS)) }
    }

    func checkUsable() throws(BrokerError) {
        if let failure { throw failure }
        guard isChannelOpen else { throw BrokerError(.channelClosed, reason: "the channel is closed") }
    }

    /// Keeps the first reason that ended the connection.
    func fail(_ error: BrokerError) -> BrokerError {
        if failure == nil { failure = error }
        isChannelOpen = false
        return error
    }

    private func digest(_ frame: amqp_frame_t) throws(BrokerError) -> LinkEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try digest(frame.payload.method)
        case AMQP_FRAME_HEADER:
            guard let properties = frame.payload.properties.decoded,
                content.takeHeader(
                    properties.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee,
                    bodyBytes: frame.payload.properties.body_size)
            else { throw fail(BrokerError(.protocolViolation, reason: "an unexpected content header")) }
            return content.takeComplete()
        case AMQP_FRAME_BODY:
            guard content.takeBody(frame.payload.body_fragment) else {
                throw fail(BrokerError(.protocolViolation, reason: "an unexpected content body"))
            }
            return content.takeComplete()
        default: return nil
        }
    }

    private func digest(_ method: amqp_method_t) throws(BrokerError) -> LinkEvent? {
        guard let decoded = method.decoded else { return nil }
        switch method.id {
        case AMQP_BASIC_ACK_METHOD:
            let ack = decoded.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee
            return .confirmed(tag: ack.delivery_tag, multiple: ack.multiple != 0, isTaken: true)
        case AMQP_BASIC_NACK_METHOD:
            let nack = decoded.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee
            return .confirmed(tag: nack.delivery_tag, multiple: nack.multiple != 0, isTaken: false)
        case AMQP_BASIC_DELIVER_METHOD:
            content.begin(decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self).pointee)
        case AMQP_BASIC_RETURN_METHOD:
            content.begin(decoded.assumingMemoryBound(to: amqp_basic_return_t.self).pointee)
        case AMQP_BASIC_CANCEL_METHOD: return .consumerCancelled
        case AMQP_CONNECTION_BLOCKED_METHOD:
            let blocked = decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self).pointee
            return .blocked(reason: String(copying: blocked.reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
        case AMQP_CHANNEL_CLOSE_METHOD, AMQP_CONNECTION_CLOSE_METHOD:
            let error = answerClose(method)
            if method.id == AMQP_CONNECTION_CLOSE_METHOD { throw error }
            return .channelClosed(error)
        default: break
        }
        return nil
    }
}

private struct Negotiated {
    let descriptor: Int32
    let heartbeatSeconds: Int
    let frameMaximumBytes: Int
}

private func makeSocket(_ state: amqp_connection_state_t, _ tls: BrokerTLS?) throws(BrokerError) -> OpaquePointer {
    guard let tls else {
        guard let socket = amqp_tcp_socket_new(state) else {
            throw BrokerError(.outOfMemory, reason: "no socket object")
        }
        return socket
    }
    guard let socket = amqp_ssl_socket_new(state) else { throw BrokerError(.outOfMemory, reason: "no TLS object") }
    amqp_ssl_socket_set_verify_peer(socket, tls.verifyPeer ? 1 : 0)
    amqp_ssl_socket_set_verify_hostname(socket, tls.verifyHostname ? 1 : 0)
    guard amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) == 0 else {
        throw BrokerError(.tls, reason: "TLS 1.2 is not available")
    }
    if let file = tls.caFile ?? (tls.verifyPeer ? BrokerTLS.systemAuthorities : nil),
        amqp_ssl_socket_set_cacert(socket, file) != 0
    {
        throw BrokerError(.tls, reason: "cannot read the authorities in \(file)")
    }
    if let certificate = tls.certificateFile, let key = tls.keyFile,
        amqp_ssl_socket_set_key(socket, certificate, key) != 0
    {
        throw BrokerError(.tls, reason: "cannot read the certificate \(certificate) with its key \(key)")
    }
    return socket
}

private func logIn(
    _ state: amqp_connection_state_t, _ configuration: BrokerConfiguration, _ endpoint: BrokerEndpoint,
    _ arena: inout WireArena
) throws(BrokerError) {
    // Without the capabilities a deleted queue leaves its consumer waiting for ever, and alarms don't show.
    let capabilities: [String: HeaderValue] = [
        "consumer_cancel_notify": true, "connection.blocked": true, "basic.nack": true, "publisher_confirms": true,
        "authentication_failure_close": true,
    ]
    var properties = try arena.table([
        "capabilities": .table(capabilities), "connection_name": .string(configuration.connectionName),
        "product": "TriageLoop",
    ])
    let reply = triageloop_amqp_login(
        state, configuration.virtualHost, Int32(clamping: configuration.frameMaximumBytes),
        Int32(configuration.heartbeatSeconds), &properties, configuration.username, configuration.password)
    guard reply.reply_type != AMQP_RESPONSE_NORMAL else { return }
    throw loginFailure(reply, endpoint)
}
