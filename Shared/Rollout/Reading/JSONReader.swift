/// Takes values of the expected kinds out of JSON and collects what isn't as expected; what is missing gets a stand-in.
struct JSONReader {
    private(set) var faults: [RoutingFault] = []

    mutating func fault(_ path: String, _ text: String) { faults.append(RoutingFault(path: path, text: text)) }

    /// The members of an object; unknown ones are faults.
    mutating func object(_ value: JSONValue?, _ path: String, keys: [String]? = nil) -> [String: JSONValue] {
        guard let value else {
            fault(path, "is missing")
            return [:]
        }
        guard case .object(let members) = value else {
            fault(path, "must be an object, not \(value.kind)")
            return [:]
        }
        guard let keys else { return members }
        for key in members.keys.sorted() where !keys.contains(key) {
            let prefix = path.isEmpty ? "" : "\(path)."
            fault("\(prefix)\(key)", "is unknown; there are \(keys.joined(separator: ", "))")
        }
        return members
    }

    /// The elements of an array; none when it is missing.
    mutating func array(_ value: JSONValue?, _ path: String) -> [JSONValue] {
        guard let value else { return [] }
        guard case .array(let elements) = value else {
            fault(path, "must be an array, not \(value.kind)")
            return []
        }
        return elements
    }

    mutating func string(_ value: JSONValue?, _ path: String) -> String {
        guard let value else {
            fault(path, "is missing")
            return ""
        }
        guard case .string(let text) = value else {
            fault(path, "must be a string, not \(value.kind)")
            return ""
        }
        return text
    }

    mutating func optionalString(_ value: JSONValue?, _ path: String) -> String? {
        value == nil ? nil : string(value, path)
    }

    mutating func strings(_ value: JSONValue?, _ path: String) -> [String] {
        array(value, path).enumerated().map { string($1, "\(path)[\($0)]") }
    }

    /// Percentages by variant, in hundredths of a percent.
    mutating func weights(_ value: JSONValue?, _ path: String) -> [String: Int] {
        var weights: [String: Int] = [:]
        for (name, weight) in object(value, path).sorted(by: { $0.key < $1.key }) {
            guard case .number(let percent) = weight else {
                fault("\(path).\(name)", "must be a number, not \(weight.kind)")
                continue
            }
            guard let hundredths = Percent.hundredths(percent) else {
                fault("\(path).\(name)", "a weight is a percentage with at most two digits behind the point")
                continue
            }
            weights[name] = hundredths
        }
        return weights
    }
}
