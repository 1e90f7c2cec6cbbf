package import Contracts

/// The AsyncAPI 3.0 document of what goes over RabbitMQ, made from the topology and the types of events.
package enum AsyncAPIDocument {
    package static func make() -> JSONValue {
        [
            "asyncapi": "3.0.0", "info": info, "defaultContentType": .string(contentType),
            "servers": [
                "rabbitmq": [
                    "host": "127.0.0.1:5672", "protocol": "amqp", "protocolVersion": "0.9.1",
                    "description": "The broker that TRIAGELOOP_AMQP_URL names.",
                ]
            ],
            "channels": .object(keyed(events) { (key($0.type), channel($0.type)) }.merging(queues) { $1 }),
            "operations": .object(sends.merging(receives) { $1 }),
            "components": [
                "messages": .object(keyed(events) { (key($0.type), message($0.type)) }),
                "schemas": .object(keyed(events) { (key($0.type), $0.schema.withoutIdentity) }),
            ],
        ]
    }

    private static let contentType = "application/cloudevents+json; charset=utf-8"
    private static var events: [(type: EventType, schema: JSONValue)] { JSONSchema.events }

    private static let info: JSONValue = [
        "title": "TriageLoop events", "version": "1",
        "description": """
        Structured CloudEvents 1.0. Bind a queue of your own to the topic exchange with the routing keys you want; \
        the work queues here are the services' own, and taking from them takes from the services. Each event comes \
        at least once: remember the `id`s you have dealt with. `sequence` is the task's revision.
        """,
        "license": ["name": "Apache-2.0"],
    ]

    private static func keyed<Element>(
        _ elements: some Sequence<Element>, _ entry: (Element) -> (String, JSONValue)
    ) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: elements.map(entry))
    }

    /// The name of an event's parts; the specification keeps dots out of the keys of messages.
    package static func key(_ type: EventType) -> String { key(type.rawValue) }
    package static func key(_ queue: WorkQueue) -> String { key(queue.name) }

    private static func key(_ name: String) -> String { String(name.map { $0 == "." ? "-" : $0 }) }

    private static func reference(to type: EventType) -> JSONValue {
        ["$ref": .string("#/components/messages/\(key(type))")]
    }

    /// The routing key of an event.
    private static func channel(_ type: EventType) -> JSONValue {
        [
            "address": .string(type.rawValue), "description": .string("Routing key: \(type.meaning)."),
            "messages": [key(type): reference(to: type)],
            "bindings": [
                "amqp": [
                    "is": "routingKey", "bindingVersion": "0.3.0",
                    "exchange": [
                        "name": .string(Topology.events.name), "type": .string(Topology.events.kind.rawValue),
                        "durable": true, "autoDelete": false, "vhost": "/",
                    ],
                ]
            ],
        ]
    }

    private static func message(_ type: EventType) -> JSONValue {
        [
            "name": .string(type.rawValue), "title": .string(type.rawValue), "summary": .string(type.meaning),
            "contentType": .string(contentType),
            "payload": ["$ref": .string("#/components/schemas/\(key(type))")],
            "correlationId": ["location": "$message.payload#/correlationid"],
            "bindings": ["amqp": ["messageType": .string(type.rawValue), "bindingVersion": "0.3.0"]],
            "x-schema": .string("/schemas/\(type.rawValue).json"),
        ]
    }

    /// The services' own queues.
    private static var queues: [String: JSONValue] {
        keyed(Topology.workQueues) { queue in
            (
                key(queue),
                [
                    "address": .string(queue.name),
                    "description": .string("Work queue of \(queue.service.rawValue); quorum, with dead letters."),
                    "messages": .object(
                        keyed(queue.consumes) { (key($0), reference(to: $0)) }),
                    "bindings": [
                        "amqp": [
                            "is": "queue", "bindingVersion": "0.3.0",
                            "queue": [
                                "name": .string(queue.name), "durable": true, "exclusive": false, "autoDelete": false,
                                "vhost": "/",
                            ],
                        ]
                    ],
                    "x-dead-letter-queue": .string(queue.deadLetterQueue),
                ]
            )
        }
    }

    private static var sends: [String: JSONValue] {
        keyed(EventType.allCases) { type in
            (
                "\(type.emitter.rawValue)-sends-\(key(type))",
                [
                    "action": "send", "channel": ["$ref": .string("#/channels/\(key(type))")],
                    "summary": .string("\(type.emitter.rawValue) says: \(type.meaning)."),
                    "messages": [["$ref": .string("#/channels/\(key(type))/messages/\(key(type))")]],
                    "bindings": [
                        "amqp": [
                            "deliveryMode": type.isTransient ? 1 : 2, "mandatory": .bool(!type.isTransient),
                            "bindingVersion": "0.3.0",
                        ]
                    ],
                ]
            )
        }
    }

    private static var receives: [String: JSONValue] {
        keyed(Topology.workQueues) { queue in
            (
                "\(key(queue))-receives",
                [
                    "action": "receive", "channel": ["$ref": .string("#/channels/\(key(queue))")],
                    "summary": .string("\(queue.service.rawValue) takes from its queue."),
                    "messages": .array(
                        queue.consumes.map {
                            ["$ref": .string("#/channels/\(key(queue))/messages/\(key($0))")]
                        }),
                    "bindings": ["amqp": ["ack": true, "bindingVersion": "0.3.0"]],
                ]
            )
        }
    }
}

extension JSONValue {
    /// Without what says where the schema is at home.
    fileprivate var withoutIdentity: JSONValue {
        guard case .object(var members) = self else { return self }
        members["$id"] = nil
        members["$schema"] = nil
        return .object(members)
    }
}
