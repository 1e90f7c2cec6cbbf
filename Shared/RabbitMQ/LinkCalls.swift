import CRabbitMQ

/// The synchronous calls: each blocks the thread for at most `rpcTimeout`.
extension BrokerLink {
    func selectConfirms() throws(BrokerError) {
        try call("turning confirms on") { amqp_confirm_select($0, channel) != nil }
    }

    func setPrefetch(_ count: UInt16) throws(BrokerError) {
        try call("setting the prefetch") { amqp_basic_qos($0, channel, 0, count, 0) != nil }
    }

    func declare(_ exchange: ExchangeDeclaration) throws(BrokerError) {
        arena.reset()
        let name = try arena.shortText(exchange.name)
        let kind = try arena.shortText(exchange.kind.rawValue)
        let arguments = try arena.table(exchange.arguments)
        try call("declaring exchange \(exchange.name)") {
            amqp_exchange_declare(
                $0, channel, name, kind, 0, exchange.isDurable ? 1 : 0, exchange.isAutoDelete ? 1 : 0,
                exchange.isInternal ? 1 : 0, arguments) != nil
        }
    }

    /// - Returns: its name (the broker's choice for an empty one) and counts.
    func declare(_ queue: QueueDeclaration, isPassive: Bool = false) throws(BrokerError) -> QueueStatus {
        arena.reset()
        let name = try arena.shortText(queue.name)
        let arguments = try arena.table(queue.arguments)
        var status = QueueStatus(name: queue.name, messages: 0, consumers: 0)
        try call("\(isPassive ? "looking at" : "declaring") queue \(queue.name)") {
            guard
                let answer = amqp_queue_declare(
                    $0, channel, name, isPassive ? 1 : 0, queue.isDurable ? 1 : 0, queue.isExclusive ? 1 : 0,
                    queue.isAutoDelete ? 1 : 0, arguments)
            else { return false }
            status.name = String(copying: answer.pointee.queue)
            status.messages = Int(answer.pointee.message_count)
            status.consumers = Int(answer.pointee.consumer_count)
            return true
        }
        return status
    }

    func declare(_ binding: BindingDeclaration) throws(BrokerError) {
        arena.reset()
        let queue = try arena.shortText(binding.queue)
        let exchange = try arena.shortText(binding.exchange)
        let routingKey = try arena.shortText(binding.routingKey)
        let arguments = try arena.table(binding.arguments)
        try call("binding queue \(binding.queue) to \(binding.exchange)") {
            amqp_queue_bind($0, channel, queue, exchange, routingKey, arguments) != nil
        }
    }

    /// - Returns: the name of the queue declared last, where the broker made it up.
    @discardableResult
    func declare(_ topology: BrokerTopology) throws(BrokerError) -> String? {
        var last: String?
        for exchange in topology.exchanges { try declare(exchange) }
        for queue in topology.queues { last = try declare(queue).name }
        for binding in topology.bindings { try declare(binding) }
        return last
    }

    func consume(_ queue: String, tag: String, isNoAck: Bool) throws(BrokerError) {
        arena.reset()
        let name = try arena.shortText(queue)
        let tag = try arena.shortText(tag)
        try call("consuming from \(queue)") {
            amqp_basic_consume($0, channel, name, tag, 0, isNoAck ? 1 : 0, 0, amqp_empty_table) != nil
        }
    }

    func cancelConsumer(_ tag: String) throws(BrokerError) {
        arena.reset()
        let tag = try arena.shortText(tag)
        try call("cancelling the consumer") { amqp_basic_cancel($0, channel, tag) != nil }
    }

    /// - Returns: how many ready messages were dropped.
    func purge(_ queue: String) throws(BrokerError) -> Int {
        arena.reset()
        let name = try arena.shortText(queue)
        var count = 0
        try call("purging queue \(queue)") {
            guard let answer = amqp_queue_purge($0, channel, name) else { return false }
            count = Int(answer.pointee.message_count)
            return true
        }
        return count
    }

    func deleteQueue(_ queue: String) throws(BrokerError) {
        arena.reset()
        let name = try arena.shortText(queue)
        try call("deleting queue \(queue)") { amqp_queue_delete($0, channel, name, 0, 0) != nil }
    }

    func deleteExchange(_ exchange: String) throws(BrokerError) {
        arena.reset()
        let name = try arena.shortText(exchange)
        try call("deleting exchange \(exchange)") { amqp_exchange_delete($0, channel, name, 0) != nil }
    }

    /// Takes one message off a queue, to be acknowledged; nil when there is none.
    func get(_ queue: String) throws(BrokerError) -> Delivery? {
        try checkUsable()
        arena.reset()
        let name = try arena.shortText(queue)
        let reply = handle.withState { amqp_basic_get($0, channel, name, 0) }
        guard reply.reply_type == AMQP_RESPONSE_NORMAL else { throw rpcFailure(reply, "getting from \(queue)") }
        guard reply.reply.id == AMQP_BASIC_GET_OK_METHOD, let decoded = reply.reply.decoded else { return nil }
        content.begin(decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee)
        let deadline = ContinuousClock.now + rpcTimeout
        while true {
            let remaining = deadline - ContinuousClock.now
            guard remaining > .zero, let event = try nextEvent(waiting: remaining) else {
                throw fail(BrokerError(.timeout, reason: "getting from \(queue): the message did not come"))
            }
            if case .delivered(let delivery) = event { return delivery }
            if case .channelClosed(let error) = event { throw error }
        }
    }

    private func call(_ action: String, _ body: (OpaquePointer) -> Bool) throws(BrokerError) {
        try checkUsable()
        // Answers of earlier calls are copied out; nobody else frees them while no events are read.
        if !content.isPending { handle.withState { amqp_maybe_release_buffers($0) } }
        guard handle.withState(body) else { throw lastRPCFailure(action) }
    }
}
