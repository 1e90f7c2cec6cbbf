/// The address of a list's next page, as a `Link` header says it.
package enum NextPage {
    /// The path with the query that made this page and the cursor to the next one.
    /// - Parameter query: decoded names and values; what could end the address or a parameter is encoded again.
    package static func address(of path: String, query: [(name: String, value: String)], cursor: String) -> String {
        let kept = query.filter { $0.name != "cursor" } + [("cursor", cursor)]
        return path + "?" + kept.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// All but the unreserved characters of RFC 3986, section 2.3, as `%XX` of their UTF-8.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
