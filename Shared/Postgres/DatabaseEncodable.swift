package import FoundationEssentials

/// A value that goes to PostgreSQL as a binary parameter.
package protocol DatabaseEncodable: Sendable {
    /// The parameter's type, by its number in `pg_type`.
    static var typeOID: UInt32 { get }
    /// Whether to send NULL; `encode` isn't called then.
    var isDatabaseNull: Bool { get }
    /// Appends the binary format of the type, without its length.
    func encode(into buffer: inout [UInt8])
}

/// A value that can be an element of an array parameter, as in `unnest($1::uuid[])`.
package protocol DatabaseElement: DatabaseEncodable {
    static var arrayTypeOID: UInt32 { get }
    /// Appends the array's binary format. `UInt8` alone has its own: its array is a `bytea`.
    static func encodeArray(_ array: [Self], into buffer: inout [UInt8])
}

extension DatabaseEncodable {
    package var isDatabaseNull: Bool { false }
}

extension DatabaseElement {
    package static func encodeArray(_ array: [Self], into buffer: inout [UInt8]) {
        let flag = appendArrayHeader(count: array.count, of: typeOID, to: &buffer)
        var hasNull = false
        for element in array {
            if element.isDatabaseNull {
                hasNull = true
                buffer.appendBigEndian(Int32(-1))
            } else {
                let start = buffer.count
                buffer.appendBigEndian(Int32(0))
                element.encode(into: &buffer)
                buffer.setBigEndian(Int32(truncatingIfNeeded: buffer.count - start - 4), at: start)
            }
        }
        if hasNull { buffer.setBigEndian(Int32(1), at: flag) }
    }
}

/// Appends a one-dimensional array's header; answers where its "has NULLs" flag is.
private func appendArrayHeader(count: Int, of type: UInt32, to buffer: inout [UInt8]) -> Int {
    buffer.appendBigEndian(Int32(count == 0 ? 0 : 1))
    let flag = buffer.count
    buffer.appendBigEndian(Int32(0))
    buffer.appendBigEndian(type)
    guard count > 0 else { return flag }
    buffer.appendBigEndian(Int32(truncatingIfNeeded: count))
    buffer.appendBigEndian(Int32(1))
    return flag
}

extension Array: DatabaseEncodable where Element: DatabaseElement {
    package static var typeOID: UInt32 { Element.arrayTypeOID }
    package func encode(into buffer: inout [UInt8]) { Element.encodeArray(self, into: &buffer) }
}

extension Optional: DatabaseEncodable where Wrapped: DatabaseEncodable {
    package static var typeOID: UInt32 { Wrapped.typeOID }
    package var isDatabaseNull: Bool { self?.isDatabaseNull ?? true }
    package func encode(into buffer: inout [UInt8]) { self?.encode(into: &buffer) }
}

extension Optional: DatabaseElement where Wrapped: DatabaseElement {
    package static var arrayTypeOID: UInt32 { Wrapped.arrayTypeOID }
}

/// The bytes of a `bytea`.
extension UInt8: DatabaseElement {
    package static var typeOID: UInt32 { 18 }
    package static var arrayTypeOID: UInt32 { 17 }
    package func encode(into buffer: inout [UInt8]) { buffer.append(self) }
    package static func encodeArray(_ array: [UInt8], into buffer: inout [UInt8]) { buffer += array }
}

extension Array: DatabaseElement where Element == UInt8 {
    package static var arrayTypeOID: UInt32 { 1001 }
}

extension Bool: DatabaseElement {
    package static var typeOID: UInt32 { 16 }
    package static var arrayTypeOID: UInt32 { 1000 }
    package func encode(into buffer: inout [UInt8]) { buffer.append(self ? 1 : 0) }
}

extension Int16: DatabaseElement {
    package static var typeOID: UInt32 { 21 }
    package static var arrayTypeOID: UInt32 { 1005 }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(self) }
}

extension Int32: DatabaseElement {
    package static var typeOID: UInt32 { 23 }
    package static var arrayTypeOID: UInt32 { 1007 }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(self) }
}

extension Int64: DatabaseElement {
    package static var typeOID: UInt32 { 20 }
    package static var arrayTypeOID: UInt32 { 1016 }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(self) }
}

extension Int: DatabaseElement {
    package static var typeOID: UInt32 { 20 }
    package static var arrayTypeOID: UInt32 { 1016 }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(Int64(self)) }
}

extension Float: DatabaseElement {
    package static var typeOID: UInt32 { 700 }
    package static var arrayTypeOID: UInt32 { 1021 }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(bitPattern) }
}

extension Double: DatabaseElement {
    package static var typeOID: UInt32 { 701 }
    package static var arrayTypeOID: UInt32 { 1022 }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(bitPattern) }
}

extension String: DatabaseElement {
    package static var typeOID: UInt32 { 25 }
    package static var arrayTypeOID: UInt32 { 1009 }
    package func encode(into buffer: inout [UInt8]) { buffer.append(contentsOf: utf8) }
}

extension UUID: DatabaseElement {
    package static var typeOID: UInt32 { 2950 }
    package static var arrayTypeOID: UInt32 { 2951 }
    package func encode(into buffer: inout [UInt8]) {
        Swift.withUnsafeBytes(of: uuid) { buffer.append(contentsOf: $0) }
    }
}

extension [UInt8] {
    mutating func appendBigEndian<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    mutating func setBigEndian<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Value.self) }
    }
}
