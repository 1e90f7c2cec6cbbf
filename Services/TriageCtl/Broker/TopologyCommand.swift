import ArgumentParser
import Contracts
import Messaging
import RabbitMQ

struct TopologyCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology", abstract: "Show every exchange, queue and binding.")

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print docs/events.md.")
    var markdown = false

    @Flag(help: "Declare all of it on the broker; safe to repeat.")
    var declare = false

    @OptionGroup var broker: BrokerOptions

    func validate() throws {
        guard [json, markdown, declare].count(where: \.self) <= 1 else {
            throw ValidationError("only one of --json, --markdown and --declare")
        }
    }

    func perform() async throws {
        if declare { return try await declareAll() }
        if markdown { return Console.line(Topology.markdown().trimmingLastNewline()) }
        if json { return Console.line(Topology.document.text(isPretty: true)) }
        printText()
    }

    private func declareAll() async throws {
        let topology = Topology.brokerTopology()
        try await broker.withSession { session in
            do {
                try await session.declare(topology)
            } catch let error as BrokerError where error.code == .precondition {
                throw CommandFailure(
                    .failed,
                    "something of that name exists with other arguments: \(error.reason)\nEmpty that queue, delete it, "
                        + "and declare again")
            }
        }
        Console.line("declared \(topology.exchanges.count) exchanges and \(topology.queues.count) queues")
    }

    private func printText() {
        Console.line("exchanges")
        for exchange in Topology.exchanges { Console.line("  \(exchange.name)  \(exchange.kind.rawValue)") }
        for queue in Topology.workQueues {
            for specification in queue.specifications() {
                Console.line("\nqueue \(specification.name)")
                for (name, value) in specification.arguments.sorted(by: { $0.key < $1.key }) {
                    Console.line("  \(name.padded(to: 26)) \(value.text)")
                }
                for binding in specification.bindings {
                    Console.line("  from \(binding.exchange) by \(binding.routingKey)")
                }
            }
        }
        for queue in Topology.replicaQueues {
            Console.line("\nqueue \(queue.name(replica: "<replica>"))  exclusive")
            for type in queue.consumes { Console.line("  from \(Topology.events.name) by \(type.rawValue)") }
        }
    }
}

extension String {
    /// The console adds one of its own.
    fileprivate func trimmingLastNewline() -> String { hasSuffix("\n") ? String(dropLast()) : self }
}

extension QueueSpecification.Argument {
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): .number(Double(number))
        }
    }
}

extension Topology {
    /// The whole topology as one JSON document.
    fileprivate static var document: JSONValue {
        var members: [String: JSONValue] = [:]
        members["exchanges"] = .array(
            exchanges.map { exchange in object(["name": exchange.name, "kind": exchange.kind.rawValue]) })
        members["queues"] = .array(workQueues.flatMap { $0.specifications() }.map(json))
        members["replica_queues"] = .array(replicaQueues.map(json))
        return .object(members)
    }

    private static func json(_ queue: QueueSpecification) -> JSONValue {
        var members: [String: JSONValue] = [:]
        members["name"] = .string(queue.name)
        members["arguments"] = .object(queue.arguments.mapValues(\.json))
        members["bindings"] = .array(queue.bindings.map { binding($0.exchange, $0.routingKey) })
        return .object(members)
    }

    private static func json(_ queue: ReplicaQueue) -> JSONValue {
        var members: [String: JSONValue] = [:]
        members["name"] = .string(queue.name(replica: "{replica}"))
        members["bindings"] = .array(queue.consumes.map { binding(events.name, $0.rawValue) })
        return .object(members)
    }

    private static func binding(_ exchange: String, _ key: String) -> JSONValue {
        object(["exchange": exchange, "routing_key": key])
    }

    private static func object(_ members: [String: String]) -> JSONValue {
        .object(members.mapValues { JSONValue.string($0) })
    }
}
