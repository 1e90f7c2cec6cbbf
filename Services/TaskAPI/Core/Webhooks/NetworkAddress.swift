/// An IP address, and whether it is one of the public internet: what a stranger may make us call.
package struct NetworkAddress: Hashable, Sendable {
    /// 4 or 16, in network order.
    package let bytes: [UInt8]

    /// - Parameter bytes: nil unless 4 or 16.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// What an address is for when it isn't a public one (IANA's special-purpose registries); nil for a public one.
    package var special: String? { bytes.count == 4 ? Self.special(bytes[...]) : Self.specialSix(bytes) }

    package var isPublic: Bool { special == nil }

    private static let blocks: [(first: [UInt8], bits: Int, name: String)] = [
        ([0, 0, 0, 0], 8, "this network"), ([10, 0, 0, 0], 8, "private"), ([100, 64, 0, 0], 10, "shared (CGNAT)"),
        ([127, 0, 0, 0], 8, "loopback"), ([169, 254, 0, 0], 16, "link-local"), ([172, 16, 0, 0], 12, "private"),
        ([192, 0, 0, 0], 24, "protocol assignments"), ([192, 0, 2, 0], 24, "documentation"),
        ([192, 88, 99, 0], 24, "6to4 relay"), ([192, 168, 0, 0], 16, "private"), ([198, 18, 0, 0], 15, "benchmarks"),
        ([198, 51, 100, 0], 24, "documentation"), ([203, 0, 113, 0], 24, "documentation"),
        ([224, 0, 0, 0], 4, "multicast"), ([240, 0, 0, 0], 4, "reserved"),
    ]

    private static func special(_ bytes: ArraySlice<UInt8>) -> String? {
        blocks.first { starts(bytes, with: $0.first, bits: $0.bits) }?.name
    }

    private static func specialSix(_ bytes: [UInt8]) -> String? {
        let zeros = [UInt8](repeating: 0, count: 12)
        if bytes.dropLast(4).elementsEqual(zeros) {
            switch bytes.suffix(4) {
            case [0, 0, 0, 0]: return "unspecified"
            case [0, 0, 0, 1]: return "loopback"
            default: return "IPv4-compatible"
            }
        }
        // What leads to an IPv4 address is as public as that one is.
        if bytes.prefix(12).elementsEqual(zeros.dropLast(2) + [0xFF, 0xFF]) { return special(bytes[12...]) }
        if starts(bytes[...], with: [0x00, 0x64, 0xFF, 0x9B] + zeros.prefix(8), bits: 96) {
            return special(bytes[12...])
        }
        if starts(bytes[...], with: [0x00, 0x64, 0xFF, 0x9B, 0, 1], bits: 48) { return "local NAT64" }
        if starts(bytes[...], with: [0x20, 0x02], bits: 16) { return special(bytes[2..<6]) ?? "6to4" }
        if starts(bytes[...], with: [0xFE, 0x80], bits: 10) { return "link-local" }
        if starts(bytes[...], with: [0xFC, 0], bits: 7) { return "unique local" }
        if starts(bytes[...], with: [0xFF], bits: 8) { return "multicast" }
        if starts(bytes[...], with: [0x20, 0x01, 0x0D, 0xB8], bits: 32) { return "documentation" }
        if starts(bytes[...], with: [0x3F, 0xFF, 0], bits: 20) { return "documentation" }
        // Teredo, ORCHID, benchmarks and other assignments of protocols.
        if starts(bytes[...], with: [0x20, 0x01, 0], bits: 23) { return "protocol assignments" }
        // Nothing else has been given out so far.
        return starts(bytes[...], with: [0x20], bits: 3) ? nil : "reserved"
    }

    private static func starts(_ bytes: ArraySlice<UInt8>, with first: [UInt8], bits: Int) -> Bool {
        for (index, byte) in bytes.enumerated() {
            let left = bits - index * 8
            if left <= 0 { return true }
            let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> UInt8(left))
            guard index < first.count, byte & mask == first[index] & mask else { return false }
        }
        return true
    }
}

extension NetworkAddress {
    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets and zone; nil for anything else.
    package init?(_ text: String) {
        if let four = Self.four(text) {
            bytes = four
        } else if let six = Self.six(text) {
            bytes = six
        } else {
            return nil
        }
    }

    private static func four(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part == "0" || !part.hasPrefix("0"), let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func six(_ text: String) -> [UInt8]? {
        guard text.contains(":"), text.utf8.count <= 45 else { return nil }
        // At most one gap.
        guard let gap = text.firstRange(of: "::") else {
            let all = groups(text[...])
            return all?.count == 16 ? all : nil
        }
        guard !text[text.index(after: gap.lowerBound)...].contains("::"),
            let head = groups(text[..<gap.lowerBound], mayEndInFour: false),
            let tail = groups(text[gap.upperBound...]), head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// The bytes of groups with colons between; the last may be an IPv4 address.
    private static func groups(_ text: Substring, mayEndInFour: Bool = true) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInFour, index == parts.count - 1, let four = four(part) {
                bytes += four
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
                let value = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
        return bytes
    }
}
