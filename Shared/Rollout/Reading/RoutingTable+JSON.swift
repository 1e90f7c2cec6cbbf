import FoundationEssentials

extension RoutingTable: Codable {
    /// A table from its JSON; throws everything that is wrong with it.
    package init(json: [UInt8]) throws(RoutingTableError) {
        guard json.count <= RoutingBounds.bytes else {
            throw RoutingTableError(faults: [.init(path: "", text: "has more than \(RoutingBounds.bytes) bytes")])
        }
        let repeated = RepeatedMembers.faults(in: json)
        do {
            self = try JSONDecoder().decode(RoutingTable.self, from: Data(json))
            guard repeated.isEmpty else { throw RoutingTableError(faults: repeated) }
        } catch let error as RoutingTableError {
            throw RoutingTableError(faults: error.faults == repeated ? repeated : repeated + error.faults)
        } catch {
            throw RoutingTableError(faults: [.init(path: "", text: "is no JSON: \(Self.reason(of: error))")])
        }
    }

    /// Throws ``RoutingTableError``.
    package init(from decoder: any Decoder) throws {
        var reader = JSONReader()
        let members = reader.object(
            try JSONValue(from: decoder), "", keys: ["name", "version", "variants", "rules", "otherwise"])
        self.init(
            unchecked: reader.string(members["name"], "name"),
            version: reader.optionalString(members["version"], "version"),
            variants: reader.variants(members["variants"]), rules: reader.rules(members["rules"]),
            otherwise: reader.route(
                reader.object(members["otherwise"], "otherwise", keys: JSONReader.routeKeys), "otherwise"))
        // Where a value was no good, a stand-in was checked: what is said of it, of its parts or of what it is in follows
        // from that.
        let known = reader.faults.map(\.path)
        let more = faults().filter { fault in
            !known.contains { fault.path == $0 || fault.path.hasPrefix("\($0).") || Self.parent(of: $0) == fault.path }
        }
        guard reader.faults.isEmpty && more.isEmpty else { throw RoutingTableError(faults: reader.faults + more) }
    }

    package func encode(to encoder: any Encoder) throws {
        guard case .object(var members) = Self.json(name, variants, rules, otherwise) else { return }
        members["version"] = .string(version)
        try JSONValue.object(members).encode(to: encoder)
    }

    private static func parent(of path: String) -> String? {
        path.lastIndex(of: ".").map { String(path[..<$0]) }
    }

    private static func reason(of error: any Error) -> String {
        guard case .dataCorrupted(let context) = error as? DecodingError else { return String(describing: error) }
        return (context.underlyingError as? CocoaError).map { String(describing: $0) } ?? context.debugDescription
    }
}

extension JSONReader {
    static let routeKeys = ["variant", "experiment", "weights", "earlier", "assignment", "shadows"]

    fileprivate mutating func variants(_ value: JSONValue?) -> [String: RouteVariant] {
        var variants: [String: RouteVariant] = [:]
        for (name, value) in object(value, "variants").sorted(by: { $0.key < $1.key }) {
            let path = "variants.\(name)"
            let members = object(value, path, keys: ["provider", "version"])
            variants[name] = RouteVariant(
                provider: string(members["provider"], "\(path).provider"),
                version: optionalString(members["version"], "\(path).version"))
        }
        return variants
    }

    fileprivate mutating func rules(_ value: JSONValue?) -> [RoutingRule] {
        array(value, "rules").enumerated().map { index, value in
            let path = "rules[\(index)]"
            let members = object(value, path, keys: ["name", "when"] + Self.routeKeys)
            let lists = object(members["when"], "\(path).when", keys: ["tenants", "tiers", "groups", "users"])
            func list(_ key: String) -> [String]? {
                lists[key].map { strings($0, "\(path).when.\(key)") }
            }
            return RoutingRule(
                name: string(members["name"], "\(path).name"),
                when: RouteCondition(
                    tenants: list("tenants"), tiers: list("tiers"), groups: list("groups"), users: list("users")),
                route: route(members, path))
        }
    }

    fileprivate mutating func route(_ members: [String: JSONValue], _ path: String) -> Route {
        let shadows = strings(members["shadows"], "\(path).shadows")
        let ofSplits = ["experiment", "weights", "earlier", "assignment"]
        guard members["variant"] == nil else {
            for key in ofSplits where members[key] != nil {
                fault("\(path).\(key)", "a route has either a variant or weights")
            }
            return Route(.fixed(string(members["variant"], "\(path).variant")), shadows: shadows)
        }
        // Which of the two was meant isn't known, so both are named.
        if members["weights"] == nil {
            fault("\(path).weights", "is missing, and so is variant: a route has one of them")
        }
        let earlier = array(members["earlier"], "\(path).earlier").enumerated().map {
            weights($1, "\(path).earlier[\($0)]")
        }
        return Route(
            .split(
                Split(
                    experiment: string(members["experiment"], "\(path).experiment"),
                    weights: members["weights"].map { weights($0, "\(path).weights") } ?? [:], earlier: earlier,
                    assignment: assignment(members["assignment"], "\(path).assignment"))), shadows: shadows)
    }

    private mutating func assignment(_ value: JSONValue?, _ path: String) -> Split.Assignment {
        guard let text = optionalString(value, path) else { return .hash }
        if let assignment = Split.Assignment(rawValue: text) { return assignment }
        let names = Split.Assignment.allCases.map(\.rawValue).joined(separator: " or ")
        if !text.isEmpty || faults.last?.path != path { fault(path, "must be \(names)") }
        return .hash
    }
}
