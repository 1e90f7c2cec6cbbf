package import FoundationEssentials

/// One field of a result in binary form; valid only during the call that gets it.
package struct DatabaseField {
    package let typeOID: UInt32
    /// `nil` for NULL.
    package let bytes: UnsafeRawBufferPointer?

    /// The bytes, if the field isn't NULL.
    package func value(for type: Any.Type) throws(DatabaseError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw DatabaseError(code: .decoding, reason: "NULL where \(type) is expected") }
        return bytes
    }

    package func mismatch(_ type: Any.Type) -> DatabaseError {
        DatabaseError(
            code: .decoding, reason: "type \(typeOID) of \(bytes?.count ?? 0) bytes where \(type) is expected")
    }

    /// A big-endian integer that fills the field exactly.
    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(DatabaseError) -> Value {
        let bytes = try value(for: type)
        guard bytes.count == MemoryLayout<Value>.size else { throw mismatch(type) }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }
}

/// A value read from PostgreSQL's binary format.
package protocol DatabaseDecodable: Sendable {
    static func decode(_ field: DatabaseField) throws(DatabaseError) -> Self
    /// `UInt8` alone has its own: its array is a `bytea`.
    static func decodeArray(_ field: DatabaseField) throws(DatabaseError) -> [Self]
}

extension DatabaseDecodable {
    package static func decodeArray(_ field: DatabaseField) throws(DatabaseError) -> [Self] {
        var reader = ByteReader(bytes: try field.value(for: [Self].self))
        guard let dimensions = reader.next(Int32.self), reader.next(Int32.self) != nil,
            let elementType = reader.next(UInt32.self), dimensions == 0 || dimensions == 1
        else { throw field.mismatch([Self].self) }
        guard dimensions == 1 else { return [] }
        guard let count = reader.next(Int32.self), reader.next(Int32.self) != nil, count >= 0,
            Int(count) <= reader.remaining / 4
        else { throw field.mismatch([Self].self) }
        var elements: [Self] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let length = reader.next(Int32.self) else { throw field.mismatch([Self].self) }
            if length < 0 {
                elements.append(try decode(DatabaseField(typeOID: elementType, bytes: nil)))
            } else {
                guard let bytes = reader.take(Int(length)) else { throw field.mismatch([Self].self) }
                elements.append(try decode(DatabaseField(typeOID: elementType, bytes: bytes)))
            }
        }
        return elements
    }
}

private struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    mutating func next<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        guard remaining >= MemoryLayout<Value>.size else { return nil }
        defer { offset += MemoryLayout<Value>.size }
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard remaining >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }
}

extension Optional: DatabaseDecodable where Wrapped: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Wrapped? {
        field.bytes == nil ? nil : try Wrapped.decode(field)
    }
}

extension Array: DatabaseDecodable where Element: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> [Element] {
        try Element.decodeArray(field)
    }
}

extension UInt8: DatabaseDecodable {
    /// PostgreSQL's one-byte `"char"`.
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> UInt8 {
        guard field.typeOID == 18 else { throw field.mismatch(UInt8.self) }
        return try field.integer(UInt8.self)
    }

    package static func decodeArray(_ field: DatabaseField) throws(DatabaseError) -> [UInt8] {
        let bytes = try field.value(for: [UInt8].self)
        guard field.typeOID == 17 else { throw field.mismatch([UInt8].self) }
        return Array(bytes)
    }
}

extension Bool: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Bool {
        guard field.typeOID == 16 else { throw field.mismatch(Bool.self) }
        return try field.integer(UInt8.self) != 0
    }
}

extension Int64: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Int64 {
        switch field.typeOID {
        case 20: try field.integer(Int64.self)
        case 23: Int64(try field.integer(Int32.self))
        case 21: Int64(try field.integer(Int16.self))
        case 26: Int64(try field.integer(UInt32.self))
        default: throw field.mismatch(Int64.self)
        }
    }
}

extension Int: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Int {
        Int(try Int64.decode(field))
    }
}

extension Int32: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Int32 {
        switch field.typeOID {
        case 23: try field.integer(Int32.self)
        case 21: Int32(try field.integer(Int16.self))
        default: throw field.mismatch(Int32.self)
        }
    }
}

extension Int16: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Int16 {
        guard field.typeOID == 21 else { throw field.mismatch(Int16.self) }
        return try field.integer(Int16.self)
    }
}

extension Float: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Float {
        guard field.typeOID == 700 else { throw field.mismatch(Float.self) }
        return Float(bitPattern: try field.integer(UInt32.self))
    }
}

extension Double: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Double {
        switch field.typeOID {
        case 701: Double(bitPattern: try field.integer(UInt64.self))
        case 700: Double(try Float.decode(field))
        default: throw field.mismatch(Double.self)
        }
    }
}

extension String: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> String {
        var bytes = try field.value(for: String.self)
        switch field.typeOID {
        case 25, 1043, 1042, 19, 114, 705, 142: break
        case 3802 where bytes.first == 1: bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        // Types of the database's own: enums and citext are sent as their text.
        case 16384...: break
        default: throw field.mismatch(String.self)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw field.mismatch(String.self) }
        return text
    }
}

extension UUID: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> UUID {
        let bytes = try field.value(for: UUID.self)
        guard field.typeOID == 2950, bytes.count == 16 else { throw field.mismatch(UUID.self) }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension Timestamp: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> Timestamp {
        guard field.typeOID == 1184 || field.typeOID == 1114 else { throw field.mismatch(Timestamp.self) }
        let value = try field.integer(Int64.self)
        guard value != .max, value != .min else { return Timestamp(microseconds: value) }
        let (microseconds, overflows) = value.addingReportingOverflow(epochMicroseconds)
        if overflows { throw DatabaseError(code: .decoding, reason: "a time beyond the year 294,241") }
        return Timestamp(microseconds: microseconds)
    }
}

extension JSONB: DatabaseDecodable {
    package static func decode(_ field: DatabaseField) throws(DatabaseError) -> JSONB {
        let bytes = try field.value(for: JSONB.self)
        switch field.typeOID {
        case 3802 where bytes.first == 1: return JSONB(Array(bytes.dropFirst()))
        case 114: return JSONB(Array(bytes))
        default: throw field.mismatch(JSONB.self)
        }
    }
}
