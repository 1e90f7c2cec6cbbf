import Contracts
import Foundation
import Testing

/// The bytes on the wire are a promise: what an older version wrote must stay readable, and what we write must not
/// change unseen.
struct GoldenTests {
    @Test(arguments: AnySample.all)
    func `a golden event decodes to the value in code, and that encodes to the same JSON`(sample: AnySample) throws {
        let pretty = try JSONValue.parsed(sample.canonical()).text(isPretty: true) + "\n"
        let golden = try RepositoryFile.expected(RepositoryFile.golden(sample.type.rawValue), orWrite: pretty)
        #expect(golden == pretty)
        #expect(try sample.equals(Array(golden.utf8)))
        let encoded = try sample.encode()
        #expect(try sample.equals(encoded))
        #expect(try JSONValue.parsed(encoded) == JSONValue.parsed(Array(golden.utf8)))
    }

    @Test func `every event type has a golden file and no other file is there`() throws {
        let folder = RepositoryFile.golden("x").deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        #expect(Set(files) == Set(EventType.allCases.map { $0.rawValue + ".json" }))
        #expect(Set(AnySample.all.map(\.type)) == Set(EventType.allCases))
    }

    @Test(arguments: AnySample.all)
    func `an unknown member is ignored wherever it stands`(sample: AnySample) throws {
        let event = try JSONValue.parsed(sample.canonical())
        for path in event.objectPaths() {
            let later = event.setting(path + ["added_later"], to: ["deep": [1, .null, "x", ["y": true]]])
            #expect(try sample.equals(Array(later.text().utf8)), "at /\(path.joined(separator: "/"))")
        }
    }
}

extension JSONValue {
    static func parsed(_ bytes: [UInt8]) throws -> JSONValue { try ContractJSON.decode(JSONValue.self, from: bytes) }

    /// The paths of all objects with known members, the whole value's first; map-like ones (`metrics`,
    /// `distribution`) are left out.
    func objectPaths() -> [[String]] {
        guard case .object(let members) = self else { return [] }
        let below = members.sorted { $0.key < $1.key }.filter { !["metrics", "distribution"].contains($0.key) }
        return [[]] + below.flatMap { name, value in value.objectPaths().map { [name] + $0 } }
    }

    /// This value with the member at `path` replaced, or taken out for `nil`.
    func setting(_ path: [String], to value: JSONValue?) -> JSONValue {
        guard let name = path.first, case .object(var members) = self else { return self }
        members[name] = path.count == 1 ? value : members[name]?.setting(Array(path.dropFirst()), to: value)
        return .object(members)
    }
}

extension JSONValue {
    /// The paths of all members of objects, outer ones first; members of map-like objects are left out.
    func memberPaths() -> [[String]] {
        objectPaths().flatMap { path -> [[String]] in
            var object = self
            for name in path { object = object[name] ?? .null }
            guard case .object(let members) = object else { return [] }
            return members.keys.sorted().map { path + [$0] }
        }
    }
}
