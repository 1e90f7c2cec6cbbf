import Logging

/// One key and value of a line, in the order in which lines show them.
struct LogField {
    static let otherRank: UInt8 = 100

    let rank: UInt8
    let key: String
    /// Never `stringConvertible`: a description that logs in turn would wait for the sink's lock for ever.
    let value: Logger.MetadataValue

    init(rank: UInt8, key: String, value: Logger.MetadataValue) {
        self.rank = rank
        self.key = key
        self.value = value
    }

    /// The fields of one line: the call's win over the provider's, and those over the logger's own.
    static func collect(
        own: Logger.Metadata, provided: Logger.Metadata?, given: Logger.Metadata?, error: (any Error)?
    ) -> [LogField] {
        var merged = own
        if merged.isEmpty, provided == nil {
            merged = given ?? [:]
        } else {
            if let provided { merged.merge(provided) { _, new in new } }
            if let given { merged.merge(given) { _, new in new } }
        }
        if let error, merged["error"] == nil { merged["error"] = .string("\(error)") }
        var fields: [LogField] = []
        fields.reserveCapacity(merged.count)
        for (key, value) in merged {
            let name = snakeCase(key)
            fields.append(LogField(rank: rank(name), key: name, value: settled(value)))
        }
        if fields.count > 1 { fields.sort { ($0.rank, $0.key) < ($1.rank, $1.key) } }
        return fields
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(literal: ",\"")
        bytes.append(escaped: key)
        bytes.append(literal: "\":")
        Self.append(value, to: &bytes)
    }

    private static func append(_ value: Logger.MetadataValue, to bytes: inout [UInt8]) {
        switch value {
        case .string(let text): bytes.append(quoted: text)
        case .stringConvertible(let item): bytes.append(quoted: "\(item)")
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(item, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .dictionary(let items):
            bytes.append(UInt8(ascii: "{"))
            for (index, item) in items.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(quoted: item.key)
                bytes.append(UInt8(ascii: ":"))
                append(item.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func settled(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        switch value {
        case .string: value
        case .stringConvertible(let item): .string("\(item)")
        case .array(let items): .array(items.map(settled))
        case .dictionary(let items): .dictionary(items.mapValues(settled))
        }
    }

    private static func rank(_ key: String) -> UInt8 {
        switch key {
        case "correlation_id": 0
        case "causation_id": 1
        case "trace_id": 2
        case "span_id": 3
        case "task_id": 4
        case "event_id": 5
        case "event_type": 6
        case "model_version": 7
        case "error_code": 8
        default: otherRank
        }
    }

    /// `taskID`, `task-id` and `task.id` become `task_id`; a key that every line has gets a prefix.
    private static func snakeCase(_ key: String) -> String {
        switch key {
        case "timestamp", "level", "message", "service", "version": return "field_" + key
        default: break
        }
        let isPlain = key.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || $0 == 95 || ($0 >= 48 && $0 <= 57) }
        if isPlain, !key.isEmpty { return key }
        var name: [UInt8] = []
        var wasLower = false
        for byte in key.utf8 {
            switch byte {
            case 65...90:
                if wasLower { name.append(95) }
                name.append(byte + 32)
                wasLower = false
            case 97...122, 48...57:
                name.append(byte)
                wasLower = true
            default:
                name.append(95)
                wasLower = false
            }
        }
        let text = String(decoding: name, as: UTF8.self)
        return text.isEmpty ? "field" : snakeCaseReserved(text)
    }

    private static func snakeCaseReserved(_ key: String) -> String {
        ["timestamp", "level", "message", "service", "version"].contains(key) ? "field_" + key : key
    }
}
