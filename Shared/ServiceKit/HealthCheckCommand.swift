import Glibc

/// `healthcheck`: asks the running service's `/readyz`, so that a container needs no curl. Blocks; use it before
/// anything else runs in the process.
enum HealthCheckCommand {
    /// Whether the answer was 200 within three seconds for each step.
    static func isReady(_ address: AdminAddress) -> Bool {
        let host = ["0.0.0.0", "::", ""].contains(address.host) ? "localhost" : address.host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(address.port)", &hints, &list) == 0 else { return false }
        defer { freeaddrinfo(list) }
        var item = list
        while let candidate = item?.pointee {
            if let status = status(of: candidate, host: host) { return status == "200" }
            item = candidate.ai_next
        }
        return false
    }

    /// The status code of the answer; nil when there is none.
    private static func status(of address: addrinfo, host: String) -> String? {
        let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 3, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { return nil }
        let request = Array("GET /readyz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 512)
        // The status line is all that matters: "HTTP/1.1 200".
        while answer.count < 12 {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            answer.append(contentsOf: chunk[..<count])
        }
        return String(decoding: answer[9..<12], as: UTF8.self)
    }
}
