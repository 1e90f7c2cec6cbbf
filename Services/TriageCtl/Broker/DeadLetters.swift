import ArgumentParser
import Contracts
import RabbitMQ

/// The dead letters of one work queue, over a session of its own.
struct DeadLetters {
    let queue: WorkQueue
    let session: BrokerSession

    /// The work queues to look at: one by its name (or that of its dead-letter queue), or all.
    static func queues(named name: String?) throws(ValidationError) -> [WorkQueue] {
        guard let name else { return Topology.workQueues }
        guard let queue = Topology.workQueues.first(where: { $0.name == name || $0.deadLetterQueue == name }) else {
            throw ValidationError(
                "there is no queue '\(name)'; there are \(Topology.workQueues.map(\.name).joined(separator: ", "))")
        }
        return [queue]
    }

    /// Takes letters one by one, so many as lie there now at most; what `body` doesn't settle stays unacknowledged.
    /// - Parameter body: false to stop.
    func visit(limit: Int = .max, _ body: (DeadLetter) async throws -> Bool) async throws {
        for _ in 0..<min(try await count(), limit) {
            guard let delivery = try await session.get(queue.deadLetterQueue) else { return }
            guard try await body(DeadLetter(queue: queue, delivery: delivery)) else { return }
        }
    }

    private func count() async throws -> Int {
        do throws(BrokerError) {
            return try await session.queueStatus(queue.deadLetterQueue).messages
        } catch {
            guard error.code == .notFound else { throw error }
            throw CommandFailure(
                .failed, "the queue \(queue.deadLetterQueue) is not declared; see triagectl topology --declare")
        }
    }

    /// Publishes it to its queue, waits for the confirm, then lets the letter go.
    func retry(_ letter: DeadLetter) async throws {
        var properties = letter.delivery.properties
        properties.isPersistent = true
        properties.headers = properties.headers.filter { !DeadLetter.isOfBurial($0.key) }
        // The default exchange: to this queue only, not to the others that the event went to.
        try await session.publish(
            OutgoingMessage(exchange: "", routingKey: queue.name, body: letter.delivery.body, properties: properties))
        try await session.acknowledge(letter.delivery.tag)
    }
}

extension DeadLetters {
    /// Lets a letter go for good.
    func discard(_ letter: DeadLetter) async throws { try await session.acknowledge(letter.delivery.tag) }
}

/// One dead letter as people see it.
struct DeadLetter {
    let queue: WorkQueue
    let delivery: Delivery

    var id: String { delivery.properties.messageID?.clipped(to: 80) ?? "tag-\(delivery.tag)" }
    var eventType: String { (delivery.properties.type ?? text("x-origin-routing-key") ?? "-").clipped(to: 60) }

    /// Our code, or the broker's own reason for a message that no consumer buried.
    var code: String { (text("x-error-code") ?? death?["reason"].map(describe) ?? "-").clipped(to: 60) }

    var reason: String {
        if let text = text("x-error-reason") { return text }
        guard let death else { return "-" }
        let queue = death["queue"].map(describe) ?? "?"
        let count = death["count"].map(describe) ?? "?"
        return "by the broker, from \(queue), \(count) times"
    }

    var since: String {
        if case .timestamp(let seconds)? = death?["time"] {
            return EventTime(clampingSeconds: seconds).description
        }
        guard let seconds = delivery.properties.timestampSeconds else { return "-" }
        return EventTime(clampingSeconds: seconds).description
    }

    /// Whether the message holds that id, in whichever case it is written.
    func names(_ id: Identifier) -> Bool {
        let text = String(decoding: delivery.body, as: UTF8.self).lowercased()
        return text.contains(id.description)
    }

    private static let burialHeaders: Set<String> = [
        "x-error-code", "x-error-reason", "x-broken-rules", "x-origin-queue", "x-origin-routing-key", "x-attempt",
        "x-delivery-count", "x-death",
    ]

    /// Headers that a burial adds and a retry takes off.
    static func isOfBurial(_ name: String) -> Bool {
        burialHeaders.contains(name) || name.hasPrefix("x-first-death-") || name.hasPrefix("x-last-death-")
    }

    func lines() -> [String] {
        var lines = [
            "message id      \(id)",
            "queue           \(queue.name)",
            "event           \(eventType)",
            "correlation id  \(delivery.properties.correlationID?.clipped(to: 100) ?? "-")",
            "code            \(code)",
            "reason          \(reason.clipped(to: 1_000))",
            "since           \(since)",
        ]
        if let rules = text("x-broken-rules"), !rules.isEmpty {
            lines.append("broken rules    \(rules.clipped(to: 2_000))")
        }
        for (name, value) in delivery.properties.headers.sorted(by: { $0.key < $1.key })
        where !["x-error-code", "x-error-reason", "x-broken-rules"].contains(name) {
            lines.append("header          \(name.clipped(to: 60)) = \(describe(value).clipped(to: 500))")
        }
        lines.append("")
        lines.append(body.text(isPretty: true))
        return lines
    }

    func json(withBody: Bool) -> JSONValue {
        var members: [String: JSONValue] = [:]
        members["message_id"] = .string(id)
        members["queue"] = .string(queue.name)
        members["event"] = .string(eventType)
        members["code"] = .string(code)
        members["reason"] = .string(reason)
        members["since"] = .string(since)
        members["correlation_id"] = JSONValue(text: delivery.properties.correlationID)
        members["broken_rules"] = JSONValue(text: text("x-broken-rules"))
        if withBody {
            members["headers"] = .object(delivery.properties.headers.mapValues { JSONValue(text: describe($0)) })
            members["body"] = body
        }
        return .object(members)
    }

    /// As JSON where it is JSON, else as text.
    private var body: JSONValue {
        // What can't be decoded may well be why it lies here.
        if let value = try? ContractJSON.decode(JSONValue.self, from: delivery.body) { return value }
        return .string(String(decoding: delivery.body, as: UTF8.self))
    }

    /// The broker's record of the last time it dead-lettered the message.
    private var death: [String: HeaderValue]? {
        guard case .array(let deaths)? = delivery.properties.headers["x-death"], case .table(let last)? = deaths.first
        else { return nil }
        return last
    }

    private func text(_ header: String) -> String? { delivery.properties.headers[header].map(describe) }

    private func describe(_ value: HeaderValue) -> String {
        switch value {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bool(let flag): return String(flag)
        case .double(let number): return String(number)
        case .timestamp(let seconds): return EventTime(clampingSeconds: seconds).description
        case .array(let values): return "[\(values.map(describe).joined(separator: ", "))]"
        case .table(let members):
            let sorted = members.sorted { $0.key < $1.key }
            return "{\(sorted.map { "\($0.key): \(describe($0.value))" }.joined(separator: ", "))}"
        case .bytes(let bytes): return "\(bytes.count) bytes"
        case .null: return "null"
        }
    }
}

extension JSONValue {
    /// Null for no text.
    init(text: String?) {
        guard let text else {
            self = .null
            return
        }
        self = .string(text)
    }
}
