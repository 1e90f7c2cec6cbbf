/// An exchange as plain data.
package struct ExchangeDeclaration: Sendable, Equatable {
    package enum Kind: String, Sendable { case direct, topic, fanout, headers }

    package var name: String
    package var kind: Kind
    package var isDurable: Bool
    package var isAutoDelete: Bool
    package var isInternal: Bool
    package var arguments: [String: HeaderValue]

    package init(
        name: String, kind: Kind, isDurable: Bool = true, isAutoDelete: Bool = false, isInternal: Bool = false,
        arguments: [String: HeaderValue] = [:]
    ) {
        self.name = name
        self.kind = kind
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.isInternal = isInternal
        self.arguments = arguments
    }
}

/// A queue as plain data.
package struct QueueDeclaration: Sendable, Equatable {
    /// Empty: the broker makes one up.
    package var name: String
    package var isDurable: Bool
    /// Only for the declaring connection, gone with it.
    package var isExclusive: Bool
    package var isAutoDelete: Bool
    package var arguments: [String: HeaderValue]

    package init(
        name: String, isDurable: Bool = true, isExclusive: Bool = false, isAutoDelete: Bool = false,
        arguments: [String: HeaderValue] = [:]
    ) {
        self.name = name
        self.isDurable = isDurable
        self.isExclusive = isExclusive
        self.isAutoDelete = isAutoDelete
        self.arguments = arguments
    }
}

/// A binding of a queue to an exchange as plain data.
package struct BindingDeclaration: Sendable, Equatable {
    /// Empty: the queue declared last on this connection, as AMQP defines it.
    package var queue: String
    package var exchange: String
    package var routingKey: String
    package var arguments: [String: HeaderValue]

    package init(queue: String, exchange: String, routingKey: String, arguments: [String: HeaderValue] = [:]) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.arguments = arguments
    }
}

/// Everything to declare, in the order exchanges, queues, bindings.
package struct BrokerTopology: Sendable, Equatable {
    package var exchanges: [ExchangeDeclaration]
    package var queues: [QueueDeclaration]
    package var bindings: [BindingDeclaration]

    package init(
        exchanges: [ExchangeDeclaration] = [], queues: [QueueDeclaration] = [], bindings: [BindingDeclaration] = []
    ) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }
}

/// What a passive declare tells of a queue.
package struct QueueStatus: Sendable, Equatable {
    package var name: String
    /// Ready ones; those with a consumer and not yet acknowledged don't count.
    package var messages: Int
    package var consumers: Int

    package init(name: String, messages: Int, consumers: Int) {
        self.name = name
        self.messages = messages
        self.consumers = consumers
    }
}
