import CRabbitMQ

/// Sole owner of one `amqp_connection_state_t`: it can't be copied, and is destroyed exactly once.
struct ConnectionHandle: ~Copyable {
    private let state: amqp_connection_state_t

    init() throws(BrokerError) {
        guard let state = amqp_new_connection() else {
            throw BrokerError(.outOfMemory, reason: "no connection object")
        }
        self.state = state
    }

    /// Closes the socket too; says nothing to the broker and never blocks.
    deinit { _ = amqp_destroy_connection(state) }

    /// Lends the pointer for the length of `body` only.
    @inline(__always)
    borrowing func withState<R, E: Error>(_ body: (amqp_connection_state_t) throws(E) -> R) throws(E) -> R {
        try body(state)
    }
}
