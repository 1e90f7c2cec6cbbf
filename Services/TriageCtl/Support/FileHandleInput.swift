import Glibc

/// Standard input, read whole.
enum FileHandleInput {
    static func readAll(limit: Int) throws(CommandFailure) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw CommandFailure(.failed, "standard input can't be read") }
            if count == 0 { return result }
            result += buffer[..<count]
            guard result.count <= limit else {
                throw CommandFailure(.failed, "standard input is longer than \(limit) bytes")
            }
        }
    }
}
