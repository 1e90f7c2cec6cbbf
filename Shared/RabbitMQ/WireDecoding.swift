import CRabbitMQ

/// Remembers the last text of a field, which is nearly always the next one's too, to save its allocation.
struct RecentText {
    private var last = ""

    /// The text of these bytes; bytes that aren't UTF-8 are replaced.
    mutating func text(_ bytes: amqp_bytes_t) -> String {
        let buffer = UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len)
        // Up to 15 bytes live inside the String itself.
        if buffer.count <= 15 { return String(decoding: buffer, as: UTF8.self) }
        let isSame = last.utf8.withContiguousStorageIfAvailable { $0.elementsEqual(buffer) } ?? false
        if !isSame { last = String(decoding: buffer, as: UTF8.self) }
        return last
    }
}

extension String {
    /// The text of these bytes; bytes that aren't UTF-8 are replaced.
    init(copying bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension HeaderValue {
    /// A table's Swift form. Nesting deeper than 16 becomes null: the peer may send anything.
    static func dictionary(copying table: amqp_table_t, depth: Int = 0) -> [String: HeaderValue] {
        let entries = UnsafeBufferPointer(start: table.entries, count: max(0, Int(table.num_entries)))
        guard !entries.isEmpty else { return [:] }
        var values = [String: HeaderValue](minimumCapacity: entries.count)
        for entry in entries {
            values[String(copying: entry.key)] = HeaderValue(copying: entry.value, depth: depth)
        }
        return values
    }

    private init(copying field: amqp_field_value_t, depth: Int) {
        let value = field.value
        switch field.kind {
        case UInt8(ascii: "S"): self = .string(String(copying: value.bytes))
        case UInt8(ascii: "x"):
            self = .bytes([UInt8](UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case UInt8(ascii: "t"): self = .bool(value.boolean != 0)
        case UInt8(ascii: "b"): self = .int(Int64(value.i8))
        case UInt8(ascii: "B"): self = .int(Int64(value.u8))
        case UInt8(ascii: "s"): self = .int(Int64(value.i16))
        case UInt8(ascii: "u"): self = .int(Int64(value.u16))
        case UInt8(ascii: "I"): self = .int(Int64(value.i32))
        case UInt8(ascii: "i"): self = .int(Int64(value.u32))
        case UInt8(ascii: "l"): self = .int(value.i64)
        case UInt8(ascii: "L"): self = .int(Int64(clamping: value.u64))
        case UInt8(ascii: "f"): self = .double(Double(value.f32))
        case UInt8(ascii: "d"): self = .double(value.f64)
        case UInt8(ascii: "D"):
            var divisor = 1.0
            for _ in 0..<value.decimal.decimals { divisor *= 10 }
            self = .double(Double(value.decimal.value) / divisor)
        case UInt8(ascii: "T"): self = .timestamp(Int64(bitPattern: value.u64))
        case UInt8(ascii: "A") where depth < 16:
            let entries = UnsafeBufferPointer(start: value.array.entries, count: max(0, Int(value.array.num_entries)))
            self = .array(entries.map { HeaderValue(copying: $0, depth: depth + 1) })
        case UInt8(ascii: "F") where depth < 16:
            self = .table(HeaderValue.dictionary(copying: value.table, depth: depth + 1))
        default: self = .null
        }
    }
}

/// Copies properties out of the library's memory.
struct PropertiesDecoder {
    private var contentType = RecentText()
    private var type = RecentText()
    private var appID = RecentText()

    mutating func properties(_ wire: amqp_basic_properties_t) -> MessageProperties {
        func has(_ flag: Int32) -> Bool { wire._flags & amqp_flags_t(flag) != 0 }
        var properties = MessageProperties(isPersistent: false)
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { properties.contentType = contentType.text(wire.content_type) }
        if has(AMQP_BASIC_TYPE_FLAG) { properties.type = type.text(wire.type) }
        if has(AMQP_BASIC_APP_ID_FLAG) { properties.appID = appID.text(wire.app_id) }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { properties.messageID = String(copying: wire.message_id) }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { properties.correlationID = String(copying: wire.correlation_id) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { properties.timestampSeconds = Int64(bitPattern: wire.timestamp) }
        if has(AMQP_BASIC_DELIVERY_MODE_FLAG) { properties.isPersistent = wire.delivery_mode == 2 }
        if has(AMQP_BASIC_EXPIRATION_FLAG) { properties.expirationMilliseconds = Int(String(copying: wire.expiration)) }
        if has(AMQP_BASIC_HEADERS_FLAG) { properties.headers = HeaderValue.dictionary(copying: wire.headers) }
        return properties
    }
}

/// The wire form of properties, in the arena's memory.
/// - Throws: `invalidMessage` for a text over 255 bytes, or headers that don't fit `maximumBytes`.
func wireProperties(
    _ properties: borrowing MessageProperties, in arena: inout WireArena, maximumBytes: Int
) throws(BrokerError) -> amqp_basic_properties_t {
    var wire = amqp_basic_properties_t()
    var flags: Int32 = AMQP_BASIC_DELIVERY_MODE_FLAG
    wire.delivery_mode = properties.isPersistent ? 2 : 1
    if let text = properties.contentType {
        wire.content_type = try arena.shortText(text)
        flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
    }
    if let text = properties.messageID {
        wire.message_id = try arena.shortText(text)
        flags |= AMQP_BASIC_MESSAGE_ID_FLAG
    }
    if let text = properties.correlationID {
        wire.correlation_id = try arena.shortText(text)
        flags |= AMQP_BASIC_CORRELATION_ID_FLAG
    }
    if let text = properties.type {
        wire.type = try arena.shortText(text)
        flags |= AMQP_BASIC_TYPE_FLAG
    }
    if let text = properties.appID {
        wire.app_id = try arena.shortText(text)
        flags |= AMQP_BASIC_APP_ID_FLAG
    }
    if let seconds = properties.timestampSeconds {
        wire.timestamp = UInt64(bitPattern: seconds)
        flags |= AMQP_BASIC_TIMESTAMP_FLAG
    }
    if let milliseconds = properties.expirationMilliseconds {
        wire.expiration = try arena.shortText(String(milliseconds))
        flags |= AMQP_BASIC_EXPIRATION_FLAG
    }
    if !properties.headers.isEmpty {
        wire.headers = try arena.table(properties.headers)
        flags |= AMQP_BASIC_HEADERS_FLAG
        // The library sends the method before it encodes the properties: a table that doesn't fit then breaks the
        // connection. 2 KiB: the other properties' upper limit, and the frame's own bytes.
        guard arena.tableBytes + 2_048 <= maximumBytes else {
            throw BrokerError(.invalidMessage, reason: "the headers do not fit a frame")
        }
    }
    wire._flags = amqp_flags_t(flags)
    return wire
}

extension WireArena {
    /// A text of at most 255 bytes, AMQP's short string.
    mutating func shortText(_ text: String) throws(BrokerError) -> amqp_bytes_t {
        guard text.utf8.count <= 255 else {
            throw BrokerError(.invalidMessage, reason: "a name or property is longer than 255 bytes")
        }
        return bytes(text)
    }
}
