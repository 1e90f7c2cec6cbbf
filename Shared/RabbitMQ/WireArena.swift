import CRabbitMQ

/// Memory for the C structures of one call, handed out by bumping an offset and taken back all at once.
///
/// What it hands out is valid until the next `reset()`.
struct WireArena: ~Copyable {
    private static let chunkBytes = 16_384

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0
    /// Bytes the encoded tables will take on the wire, so that one too large for a frame is refused in time.
    private(set) var tableBytes = 0

    init() {}

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// Takes everything back; keeps the first chunk.
    mutating func reset() {
        while chunks.count > 1, let chunk = chunks.popLast() { chunk.deallocate() }
        used = 0
        tableBytes = 0
    }

    /// So many bytes, aligned to 16.
    mutating func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let start = (used + 15) & ~15
        if let chunk = chunks.last, start + count <= chunk.count {
            used = start + count
            return UnsafeMutableRawBufferPointer(rebasing: chunk[start..<start + count])
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: max(Self.chunkBytes, count), alignment: 16)
        chunks.append(chunk)
        used = count
        return UnsafeMutableRawBufferPointer(rebasing: chunk[0..<count])
    }

    /// The text's UTF-8, copied.
    mutating func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    /// A table's C form.
    /// - Throws: `invalidMessage` for a name over 255 bytes or nesting deeper than 16.
    mutating func table(_ values: [String: HeaderValue], depth: Int = 0) throws(BrokerError) -> amqp_table_t {
        guard !values.isEmpty else { return amqp_table_t(num_entries: 0, entries: nil) }
        let entries = array(of: amqp_table_entry_t.self, count: values.count)
        var index = 0
        for (name, value) in values {
            guard name.utf8.count <= 255 else {
                throw BrokerError(.invalidMessage, reason: "a header name is longer than 255 bytes")
            }
            tableBytes += name.utf8.count + 1
            let field = try field(value, depth: depth)
            (entries + index).initialize(to: amqp_table_entry_t(key: bytes(name), value: field))
            index += 1
        }
        return amqp_table_t(num_entries: Int32(values.count), entries: entries)
    }

    private mutating func field(_ value: HeaderValue, depth: Int) throws(BrokerError) -> amqp_field_value_t {
        guard depth < 16 else { throw BrokerError(.invalidMessage, reason: "headers are nested too deeply") }
        var field = amqp_field_value_t()
        tableBytes += 9
        switch value {
        case .string(let text):
            field.kind = UInt8(ascii: "S")
            field.value.bytes = bytes(text)
            tableBytes += text.utf8.count
        case .bytes(let data):
            field.kind = UInt8(ascii: "x")
            field.value.bytes = data.withUnsafeBytes { copy($0) }
            tableBytes += data.count
        case .int(let number):
            field.kind = UInt8(ascii: "l")
            field.value.i64 = number
        case .bool(let flag):
            field.kind = UInt8(ascii: "t")
            field.value.boolean = flag ? 1 : 0
        case .double(let number):
            field.kind = UInt8(ascii: "d")
            field.value.f64 = number
        case .timestamp(let seconds):
            field.kind = UInt8(ascii: "T")
            field.value.u64 = UInt64(bitPattern: seconds)
        case .array(let values):
            field.kind = UInt8(ascii: "A")
            let entries = array(of: amqp_field_value_t.self, count: values.count)
            for (index, value) in values.enumerated() {
                (entries + index).initialize(to: try self.field(value, depth: depth + 1))
            }
            field.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
        case .table(let values):
            field.kind = UInt8(ascii: "F")
            field.value.table = try table(values, depth: depth + 1)
        case .null:
            field.kind = UInt8(ascii: "V")
        }
        return field
    }

    private mutating func copy(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        let target = allocate(source.count)
        target.copyMemory(from: source)
        return amqp_bytes_t(len: source.count, bytes: target.baseAddress)
    }

    private mutating func array<T>(of type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
        // At least one element: an empty buffer may have no address.
        let memory = allocate(max(1, count) * MemoryLayout<T>.stride)
        guard let address = memory.bindMemory(to: type).baseAddress else {
            preconditionFailure("a buffer with bytes has an address")
        }
        return address
    }
}
