package import Contracts

/// JSON of strangers as a value: whole, bounded, each member of an object only once.
///
/// Foundation's decoder lets the last of two members win, and another reader the first; what could be read in two ways
/// is refused here.
package enum StrictJSON {
    /// The value; nil for text that isn't exactly one JSON value.
    package static func value(_ bytes: [UInt8]) -> JSONValue? {
        bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            do throws(JSONReader.Mismatch) {
                let value = try read(&reader)
                try reader.end()
                return value
            } catch {
                return nil
            }
        }
    }

    /// The value; nil for text that isn't exactly one JSON value.
    package static func value(_ text: String) -> JSONValue? { value(Array(text.utf8)) }

    // The reader bounds the depth.
    private static func read(_ reader: inout JSONReader) throws(JSONReader.Mismatch) -> JSONValue {
        switch try reader.peek() {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try reader.beginObject()
            while let name = try reader.nextKey() {
                let name = String(decoding: name, as: UTF8.self)
                guard members.updateValue(try read(&reader), forKey: name) == nil else { throw JSONReader.Mismatch() }
            }
            return .object(members)
        case UInt8(ascii: "["):
            var values: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { values.append(try read(&reader)) }
            return .array(values)
        case UInt8(ascii: "\""): return .string(try reader.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try reader.bool())
        case UInt8(ascii: "n"):
            guard try reader.null() else { throw JSONReader.Mismatch() }
            return .null
        default: return .number(try reader.number())
        }
    }
}

extension JSONValue {
    /// The elements of an array, or nil.
    var elements: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// The members of an object, or nil.
    var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// A number, or nil.
    var numberValue: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    /// A count of things: a whole number from 0 to a billion, or nil.
    var countValue: Int? {
        guard let number = numberValue, (0...1e9).contains(number), number == number.rounded() else { return nil }
        return Int(number)
    }

    /// True or false, or nil.
    var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }
}
