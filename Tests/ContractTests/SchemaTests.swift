import Contracts
import Foundation
import SchemaChecks
import Testing

/// docs/schemas and docs/events.md are what the code says, and the golden files keep to them.
struct SchemaTests {
    @Test(arguments: JSONSchema.events.map { SchemaOfType(type: $0.type, schema: $0.schema) })
    func `the committed schema is the one that the types give`(row: SchemaOfType) throws {
        let text = row.schema.text(isPretty: true) + "\n"
        #expect(try RepositoryFile.expected(RepositoryFile.schema(row.type.rawValue), orWrite: text) == text)
    }

    @Test func `every event type has a schema and no other file is there`() throws {
        let folder = RepositoryFile.schema("x").deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(files) == Set(EventType.allCases.map { $0.rawValue + ".json" }))
        #expect(JSONSchema.events.map(\.type) == EventType.allCases)
    }

    @Test func `the committed page of events is the one that the topology gives`() throws {
        let text = Topology.markdown()
        #expect(try RepositoryFile.expected(RepositoryFile.events, orWrite: text) == text)
    }

    @Test(arguments: AnySample.all)
    func `the sample keeps to its schema`(sample: AnySample) throws {
        let event = try JSONValue.parsed(sample.encode())
        #expect(try schema(of: sample.type).faults(in: event) == [])
    }

    @Test(arguments: AnySample.all)
    func `what the schema requires is what the decoder needs`(sample: AnySample) throws {
        let event = try JSONValue.parsed(sample.encode())
        let schema = try schema(of: sample.type)
        for path in event.memberPaths() where !(path.first == "specversion" || path.first == "type") {
            let without = event.setting(path, to: nil)
            let isReadable = sample.verdict(Array(without.text().utf8)).isAcceptedByCodable
            #expect(schema.faults(in: without).isEmpty == isReadable, "/\(path.joined(separator: "/"))")
        }
    }

    @Test(arguments: AnySample.all)
    func `a value of another JSON type is refused by schema and decoder alike`(sample: AnySample) throws {
        let event = try JSONValue.parsed(sample.encode())
        let schema = try schema(of: sample.type)
        let others: [JSONValue] = [true, "x", 0.5, [[]], ["x": [:]]]
        for path in event.memberPaths() {
            for other in others {
                let changed = event.setting(path, to: other)
                guard !schema.faults(in: changed).isEmpty else { continue }
                #expect(
                    !sample.verdict(Array(changed.text().utf8)).isAcceptedByCodable || path == ["datacontenttype"],
                    "/\(path.joined(separator: "/")) = \(other.text())")
            }
        }
    }

    @Test func `the schema check itself can fail`() throws {
        let event = try JSONValue.parsed(Sample.completed.encoded())
        let schema = try schema(of: .analysisCompleted)
        let rows: [([String], JSONValue)] = [
            (["type"], "task.created.v1"), (["id"], "no-uuid"), (["time"], "yesterday"), (["data", "tenant"], ""),
            (["data", "analysis", "rung"], "oracle"), (["data", "analysis", "revision"], 1.5),
            (["data", "analysis", "category", "confidence"], 2), (["data", "analysis", "labels"], [1]),
            (["data", "analysis", "category", "distribution"], ["bug": "much"]),
            (["data", "project"], .string(String(repeating: "x", count: 101))), (["data"], []),
        ]
        for (path, value) in rows {
            #expect(!schema.faults(in: event.setting(path, to: value)).isEmpty, "/\(path.joined(separator: "/"))")
        }
    }

    struct SchemaOfType: Sendable, CustomStringConvertible {
        let type: EventType
        let schema: JSONValue
        var description: String { type.rawValue }
    }

    private func schema(of type: EventType) throws -> JSONValue {
        try JSONValue.parsed(Array(Data(contentsOf: RepositoryFile.schema(type.rawValue))))
    }
}
