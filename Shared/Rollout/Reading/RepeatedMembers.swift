import FoundationEssentials

/// Finds the members that stand more than once in their object.
///
/// Foundation's decoder takes one of them without a word, and another reader may take the other. It is for text that the
/// decoder reads; of anything else it says nothing useful, but ends.
struct RepeatedMembers {
    private struct Level {
        /// Of the object or the array itself; empty for the whole text.
        let path: String
        /// Of an object, the members so far; nil for an array.
        var names: Set<String>?
        var index = 0
        /// Of an object, the member whose value comes next; nil where a name is to come.
        var member: String?

        /// The path of what stands there now.
        var child: String {
            guard names != nil else { return "\(path)[\(index)]" }
            return path.isEmpty ? member ?? "" : "\(path).\(member ?? "")"
        }
    }

    private var levels: [Level] = []
    private var faults: [RoutingFault] = []

    /// A fault for each member that stands there once more, in the order of the text.
    static func faults(in json: [UInt8]) -> [RoutingFault] {
        var finder = RepeatedMembers()
        finder.read(json)
        return finder.faults
    }

    private mutating func read(_ json: [UInt8]) {
        var position = 0
        while position < json.count {
            switch json[position] {
            case UInt8(ascii: "{"): open(names: [])
            case UInt8(ascii: "["): open(names: nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
            case UInt8(ascii: ","): next()
            case UInt8(ascii: "\""):
                let end = Self.end(ofString: json, from: position)
                name(json[position..<end])
                position = end - 1
            default: break
            }
            position += 1
        }
    }

    private mutating func open(names: Set<String>?) {
        levels.append(Level(path: levels.last?.child ?? "", names: names))
    }

    private mutating func next() {
        guard let last = levels.indices.last else { return }
        levels[last].member = nil
        levels[last].index += 1
    }

    /// Takes a string in, quotes included; it counts only where a member's name stands.
    private mutating func name(_ quoted: ArraySlice<UInt8>) {
        guard let last = levels.indices.last, levels[last].names != nil, levels[last].member == nil else { return }
        // "na\u006de" is "name" too. What can't be read is no JSON, which the decoder tells.
        guard let name = try? JSONDecoder().decode(String.self, from: Data(quoted)) else { return }
        levels[last].member = name
        guard levels[last].names?.insert(name).inserted == false else { return }
        faults.append(RoutingFault(path: levels[last].child, text: "stands there twice"))
    }

    /// The place behind the closing quote, or the end of the text.
    private static func end(ofString json: [UInt8], from start: Int) -> Int {
        var position = start + 1
        while position < json.count, json[position] != UInt8(ascii: "\"") {
            position += json[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, json.count)
    }
}
