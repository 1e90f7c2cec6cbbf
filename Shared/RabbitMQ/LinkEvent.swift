import CRabbitMQ

/// What the broker told us, copied out of the library's memory.
enum LinkEvent {
    case confirmed(tag: UInt64, multiple: Bool, isTaken: Bool)
    case delivered(Delivery)
    case returned(ReturnedMessage)
    case consumerCancelled
    /// Already answered; the channel must be opened again before its next use.
    case channelClosed(BrokerError)
    case blocked(reason: String)
    case unblocked
}

/// A mandatory message that no queue takes; its confirm follows.
struct ReturnedMessage {
    var replyCode: Int
    var replyText: String
    /// As published; the tag is 0.
    var message: Delivery
}

/// Puts method, header and body frames together to one message, however they arrive.
struct ContentAssembler {
    /// RabbitMQ's own limit; a larger claim is garbage.
    private static let maximumBodyBytes: UInt64 = 134_217_728

    private enum Stage { case idle, needsHeader, needsBody }

    private var stage = Stage.idle
    private var message = Delivery(tag: 0)
    private var returned: (code: Int, text: String)?
    private var missingBytes: UInt64 = 0
    private var isComplete = false
    private var exchange = RecentText()
    private var routingKey = RecentText()
    private var decoder = PropertiesDecoder()

    /// Whether frames of an unfinished message are still to come.
    var isPending: Bool { stage != .idle }

    mutating func reset() {
        stage = .idle
        isComplete = false
    }

    mutating func begin(_ method: amqp_basic_deliver_t) {
        begin(method.exchange, method.routing_key)
        message.tag = method.delivery_tag
        message.isRedelivered = method.redelivered != 0
    }

    mutating func begin(_ method: amqp_basic_get_ok_t) {
        begin(method.exchange, method.routing_key)
        message.tag = method.delivery_tag
        message.isRedelivered = method.redelivered != 0
    }

    mutating func begin(_ method: amqp_basic_return_t) {
        begin(method.exchange, method.routing_key)
        returned = (Int(method.reply_code), String(copying: method.reply_text))
    }

    private mutating func begin(_ exchange: amqp_bytes_t, _ routingKey: amqp_bytes_t) {
        message = Delivery(
            tag: 0, exchange: self.exchange.text(exchange), routingKey: self.routingKey.text(routingKey))
        returned = nil
        stage = .needsHeader
    }

    /// False: no header belongs here.
    mutating func takeHeader(_ properties: amqp_basic_properties_t, bodyBytes: UInt64) -> Bool {
        guard stage == .needsHeader, bodyBytes <= Self.maximumBodyBytes else { return false }
        message.properties = decoder.properties(properties)
        missingBytes = bodyBytes
        stage = .needsBody
        finishIfComplete()
        return true
    }

    /// False: no body, or not so much of it, belongs here.
    mutating func takeBody(_ fragment: amqp_bytes_t) -> Bool {
        guard stage == .needsBody, UInt64(fragment.len) <= missingBytes else { return false }
        missingBytes -= UInt64(fragment.len)
        let bytes = UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
        if message.body.isEmpty, missingBytes == 0 {
            message.body = [UInt8](bytes)
        } else {
            message.body.append(contentsOf: bytes)
        }
        finishIfComplete()
        return true
    }

    /// The message, once, when all of it is there.
    mutating func takeComplete() -> LinkEvent? {
        guard isComplete else { return nil }
        isComplete = false
        // Moved out, not copied: a delivery holds a dozen references to count.
        var complete = Delivery(tag: 0)
        swap(&complete, &message)
        guard let returned else { return .delivered(complete) }
        return .returned(ReturnedMessage(replyCode: returned.code, replyText: returned.text, message: complete))
    }

    private mutating func finishIfComplete() {
        guard missingBytes == 0 else { return }
        stage = .idle
        isComplete = true
    }
}
