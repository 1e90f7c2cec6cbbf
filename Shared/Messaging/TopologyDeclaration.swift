package import Contracts
package import RabbitMQ

extension Topology {
    /// Everything durable, in an order that works on an empty broker.
    package static func brokerTopology(policy: RetryPolicy = RetryPolicy()) -> BrokerTopology {
        var all = BrokerTopology()
        for queue in workQueues {
            let one = queue.brokerTopology(policy: policy)
            all.queues += one.queues
            all.bindings += one.bindings
        }
        all.exchanges = exchangeDeclarations
        return all
    }

    fileprivate static var exchangeDeclarations: [ExchangeDeclaration] {
        exchanges.map { ExchangeDeclaration(name: $0.name, kind: $0.kind == .topic ? .topic : .direct) }
    }
}

extension WorkQueue {
    /// The exchanges, this queue, its waiting rooms and its dead letters.
    package func brokerTopology(policy: RetryPolicy) -> BrokerTopology {
        var topology = BrokerTopology()
        topology.exchanges = Topology.exchangeDeclarations
        for specification in specifications(retryDelaysMilliseconds: policy.delaysMilliseconds) {
            topology.queues.append(
                QueueDeclaration(
                    name: specification.name, isDurable: true,
                    arguments: specification.arguments.mapValues { argument in
                        switch argument {
                        case .text(let value): .string(value)
                        case .number(let value): .int(Int64(value))
                        }
                    }))
            topology.bindings += specification.bindings.map {
                BindingDeclaration(queue: specification.name, exchange: $0.exchange, routingKey: $0.routingKey)
            }
        }
        return topology
    }
}

extension ReplicaQueue {
    /// An exclusive queue that ends with its connection.
    package func consumerQueue(replica: String) -> ConsumerQueue {
        let name = name(replica: replica)
        var topology = BrokerTopology()
        topology.exchanges = Topology.exchangeDeclarations
        topology.queues = [
            QueueDeclaration(
                name: name, isDurable: false, isExclusive: true, isAutoDelete: true,
                arguments: ["x-max-length": .int(50_000), "x-overflow": .string("drop-head")])
        ]
        topology.bindings = consumes.map {
            BindingDeclaration(queue: name, exchange: Topology.events.name, routingKey: $0.rawValue)
        }
        return ConsumerQueue(name: name, topology: topology)
    }
}
