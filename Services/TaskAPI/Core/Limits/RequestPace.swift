/// How long a client may take to send one request: a while, and a second more for each so many bytes (as Apache's
/// `mod_reqtimeout` with `MinRate`). Without it a client that sends a byte a minute holds its connection for ever.
package struct RequestPace: Hashable, Sendable {
    /// For a request of no length.
    package let allowance: Duration
    /// Bytes that earn another second.
    package let bytesPerSecond: Int

    package init(allowance: Duration, bytesPerSecond: Int) {
        self.allowance = allowance
        self.bytesPerSecond = max(bytesPerSecond, 1)
    }

    /// How long a request of which so many bytes have come may take.
    package func limit(bytes: Int) -> Duration {
        allowance + .milliseconds(Int64(bytes) * 1_000 / Int64(bytesPerSecond))
    }
}
