import Contracts
import Foundation

/// One of Google's descriptions of its interfaces (`deploy/local/discovery`): which calls there are and how their bodies
/// look.
struct DiscoveryDocument: Sendable {
    /// The folder of the documents; nil where they aren't here.
    static var folder: String? {
        ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_VERTEX_DISCOVERY"].flatMap {
            $0.isEmpty ? nil : ($0 as NSString).deletingLastPathComponent
        }
    }

    struct Method: Sendable {
        let id: String
        let verb: String
        /// With its parameters in braces, behind the root.
        let path: String
        let description: JSONValue
    }

    let schemas: JSONValue
    let methods: [Method]

    /// - Parameter name: such as `aiplatform.v1`.
    init(_ name: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder ?? "")/\(name).json"))
        let document = try ContractJSON.decode(JSONValue.self, from: Array(data))
        schemas = document["schemas"] ?? .null
        methods = Self.methods(document, document["servicePath"]?.stringValue ?? "")
    }

    private static func methods(_ value: JSONValue, _ servicePath: String) -> [Method] {
        var found: [Method] = []
        if case .object(let methods)? = value["methods"] {
            found += methods.values.flatMap { method in
                let id = method["id"]?.stringValue ?? "", verb = method["httpMethod"]?.stringValue ?? ""
                let path = servicePath + (method["path"]?.stringValue ?? "")
                let upload = method["mediaUpload"]?["protocols"]?["simple"]?["path"]?.stringValue
                return [Method(id: id, verb: verb, path: path, description: method)]
                    + (upload.map { [Method(id: id + " upload", verb: verb, path: $0, description: method)] } ?? [])
            }
        }
        if case .object(let resources)? = value["resources"] {
            found += resources.values.flatMap { Self.methods($0, servicePath) }
        }
        return found
    }

    /// The method of an address, and what is wrong with its parameters.
    func method(_ verb: String, _ target: String) -> (method: Method, faults: [String])? {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let path = Array(parts[0].drop { $0 == "/" })
        for method in methods where method.verb == verb {
            guard let values = Self.match(Array(method.path.drop { $0 == "/" }), path),
                values.allSatisfy({ fits($0.value, method.description["parameters"]?[$0.key]) })
            else { continue }
            var faults: [String] = []
            for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
                let name = String(pair.prefix { $0 != "=" })
                // Of every method: https://cloud.google.com/apis/docs/system-parameters
                let isKnown = ["alt", "uploadType"].contains(name) || method.description["parameters"]?[name] != nil
                if !isKnown { faults.append("\(method.id) has no parameter \(name)") }
            }
            return (method, faults)
        }
        return nil
    }

    private func fits(_ value: String, _ parameter: JSONValue?) -> Bool {
        guard let pattern = parameter?["pattern"]?.stringValue else { return !value.contains("/") }
        return value.range(of: pattern, options: .regularExpression) != nil
    }

    /// The parameters in the path; `{+name}` may span slashes.
    private static func match(_ template: [Character], _ path: [Character]) -> [String: String]? {
        guard let open = template.firstIndex(of: "{"), let close = template.firstIndex(of: "}") else {
            return template == path ? [:] : nil
        }
        guard path.starts(with: template[..<open]) else { return nil }
        let name = String(template[(open + 1)..<close].drop { $0 == "+" })
        let rest = Array(template[(close + 1)...])
        // The longest value first.
        for end in stride(from: path.count, to: open, by: -1) {
            if var values = match(rest, Array(path[end...])) {
                values[name] = String(path[open..<end])
                return values
            }
        }
        return nil
    }

    /// What a body has that the method's schema hasn't, or in another form.
    /// - Parameter role: `request` or `response`.
    func faults(_ body: JSONValue, _ method: Method, _ role: String) -> [String] {
        guard let name = method.description[role]?["$ref"]?.stringValue else { return ["\(method.id) has no \(role)"] }
        return faults(body, ["$ref": .string(name)], role, isWritten: role == "request")
    }

    private func faults(_ value: JSONValue, _ schema: JSONValue, _ place: String, isWritten: Bool) -> [String] {
        if let name = schema["$ref"]?.stringValue {
            return faults(value, schemas[name] ?? .null, place, isWritten: isWritten)
        }
        if isWritten, schema["readOnly"] == true { return ["\(place) is the server's to set"] }
        switch (schema["type"]?.stringValue, value) {
        case ("object", .object(let members)):
            return members.flatMap { name, member -> [String] in
                guard let inner = schema["properties"]?[name] ?? schema["additionalProperties"] else {
                    return ["\(place) has no \(name)"]
                }
                return faults(member, inner, "\(place).\(name)", isWritten: isWritten)
            }
        case ("array", .array(let elements)):
            return elements.flatMap { faults($0, schema["items"] ?? .null, place + "[]", isWritten: isWritten) }
        case ("string", .string(let text)):
            guard case .array(let allowed)? = schema["enum"] else { return [] }
            return allowed.contains(.string(text)) ? [] : ["\(place) can't be \(text)"]
        case ("boolean", .bool), ("integer", .number), ("number", .number), ("any", _): return []
        default: return ["\(place) isn't of the type \(schema["type"]?.stringValue ?? "?")"]
        }
    }
}
