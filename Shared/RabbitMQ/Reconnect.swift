import Logging

/// The loop around one connection: connect to each endpoint in turn, stay, wait, again.
struct Reconnect {
    let configuration: BrokerConfiguration
    let backoff: ReconnectBackoff
    let board: StatusBoard
    let logger: Logger

    /// Runs until `isStopping` or the task is cancelled.
    /// - Parameter stay: connects to the endpoint and returns why the connection ended, nil after a stop.
    func run(
        until isStopping: () -> Bool, stay: (BrokerEndpoint) async throws(BrokerError) -> BrokerError?
    ) async {
        var tries = 0
        var lastCode: BrokerError.Code?
        // A random start spreads the clients over the nodes.
        var index = Int.random(in: configuration.endpoints.indices)
        while !isStopping(), !Task.isCancelled {
            let endpoint = configuration.endpoints[index]
            let started = ContinuousClock.now
            let reason: BrokerError?
            board.set(.connecting)
            do {
                reason = try await stay(endpoint)
            } catch {
                reason = error
            }
            if isStopping() { return }
            let wasConnected = board.takeWasConnected()
            if wasConnected { lastCode = nil }
            if let reason {
                board.set(.disconnected(reason: reason.description))
                // One line for an outage, not one for each attempt.
                logger.log(
                    level: reason.code == lastCode ? .debug : .info, "broker connection ended",
                    metadata: [
                        "endpoint": "\(endpoint)", "code": "\(reason.code.rawValue)", "reason": "\(reason.reason)",
                        "connection": "\(configuration.connectionName)",
                    ])
                lastCode = reason.code
            }
            // A connection that held for a while was good: start the backoff again.
            let wasGood = wasConnected && started.duration(to: .now) > .seconds(10)
            tries = wasGood ? 0 : tries + 1
            index = (index + 1) % configuration.endpoints.count
            let delay = backoff.delay(attempt: max(0, tries - 1) / configuration.endpoints.count)
            let end = ContinuousClock.now + delay
            while !isStopping(), !Task.isCancelled, ContinuousClock.now < end {
                // In short steps, since a stop is no cancellation. Throws only on cancellation, which the loop looks at.
                try? await Task.sleep(for: min(.milliseconds(100), end - .now))
            }
        }
    }
}
