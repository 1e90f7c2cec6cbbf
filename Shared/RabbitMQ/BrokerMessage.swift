/// A value in a message's headers or a declaration's arguments.
package enum HeaderValue: Sendable, Equatable {
    case string(String)
    case int(Int64)
    case bool(Bool)
    case double(Double)
    /// Seconds since 1970.
    case timestamp(Int64)
    case array([HeaderValue])
    case table([String: HeaderValue])
    case bytes([UInt8])
    /// Also what a kind on the wire that we don't know decodes to.
    case null
}

extension HeaderValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// AMQP's message properties, those we use.
package struct MessageProperties: Sendable, Equatable {
    package var contentType: String?
    package var messageID: String?
    package var correlationID: String?
    package var type: String?
    package var appID: String?
    /// Seconds since 1970.
    package var timestampSeconds: Int64?
    /// Whether the message survives a restart of the broker (delivery mode 2).
    package var isPersistent: Bool
    /// After how long in a queue the broker drops or dead-letters the message.
    package var expirationMilliseconds: Int?
    package var headers: [String: HeaderValue]

    package init(
        contentType: String? = nil, messageID: String? = nil, correlationID: String? = nil, type: String? = nil,
        appID: String? = nil, timestampSeconds: Int64? = nil, isPersistent: Bool = true,
        expirationMilliseconds: Int? = nil, headers: [String: HeaderValue] = [:]
    ) {
        self.contentType = contentType
        self.messageID = messageID
        self.correlationID = correlationID
        self.type = type
        self.appID = appID
        self.timestampSeconds = timestampSeconds
        self.isPersistent = isPersistent
        self.expirationMilliseconds = expirationMilliseconds
        self.headers = headers
    }
}

/// A message to publish.
package struct OutgoingMessage: Sendable, Equatable {
    /// At most 255 bytes; empty is the default exchange, whose routing keys are queue names.
    package var exchange: String
    /// At most 255 bytes.
    package var routingKey: String
    package var body: [UInt8]
    package var properties: MessageProperties
    /// Whether a message that no queue takes comes back as `unroutable`; without it the broker confirms and drops it.
    package var isMandatory: Bool

    package init(
        exchange: String, routingKey: String, body: [UInt8], properties: MessageProperties = MessageProperties(),
        isMandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.properties = properties
        self.isMandatory = isMandatory
    }
}

/// A message from a queue.
package struct Delivery: Sendable, Equatable {
    /// Counts from 1 on each connection; means nothing on another.
    package var tag: UInt64
    /// Whether the broker may have delivered this message before.
    package var isRedelivered: Bool
    package var exchange: String
    package var routingKey: String
    package var properties: MessageProperties
    package var body: [UInt8]

    package init(
        tag: UInt64, isRedelivered: Bool = false, exchange: String = "", routingKey: String = "",
        properties: MessageProperties = MessageProperties(), body: [UInt8] = []
    ) {
        self.tag = tag
        self.isRedelivered = isRedelivered
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
    }
}
