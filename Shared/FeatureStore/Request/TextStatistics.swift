/// What is counted of a task's text, in one pass over its bytes.
package struct TextStatistics: Hashable, Sendable {
    package var titleScalars = 0
    package var bodyScalars = 0
    /// Runs of anything but ASCII white space.
    package var words = 0
    package var lines = 0
    /// Runs of three backticks; two make a block.
    package var codeFences = 0
    package var questionMarks = 0
    package var exclamationMarks = 0
    package var links = 0

    package init() {}

    package init(title: String, body: String) {
        titleScalars = scan(title, isBody: false)
        bodyScalars = scan(body, isBody: true)
    }

    private mutating func scan(_ text: String, isBody: Bool) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            var scalars = 0
            var isInWord = false
            var backticks = 0
            if isBody, !bytes.isEmpty { lines = 1 }
            for (place, byte) in bytes.enumerated() {
                if byte & 0xC0 != 0x80 { scalars &+= 1 }
                if byte == UInt8(ascii: "?") { questionMarks &+= 1 }
                if byte == UInt8(ascii: "!") { exclamationMarks &+= 1 }
                guard isBody else { continue }
                let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
                if !isSpace && !isInWord { words &+= 1 }
                isInWord = !isSpace
                if byte == 0x0A { lines &+= 1 }
                backticks = byte == UInt8(ascii: "`") ? backticks &+ 1 : 0
                if backticks == 3 {
                    codeFences &+= 1
                    backticks = 0
                }
                if byte == UInt8(ascii: "h"), Self.isLink(bytes, at: place) { links &+= 1 }
            }
            return scalars
        }
    }

    private static func isLink(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        let rest = UnsafeBufferPointer(rebasing: bytes[place..<min(place + 8, bytes.count)])
        return rest.starts(with: "http://".utf8) || rest.starts(with: "https://".utf8)
    }
}
