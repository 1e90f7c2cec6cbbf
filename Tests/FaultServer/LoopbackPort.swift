import Foundation
import Glibc
import Synchronization

/// Loopback ports for servers that are started, ended and started again within a test.
///
/// They lie below the range from which the kernel serves connections and servers that name no port
/// (`net.ipv4.ip_local_port_range`, 32768 upward): what was given out and isn't listened on yet, or not at the moment,
/// can't be taken by one of them. Each is given out once a process, until all were.
package enum LoopbackPort {
    /// From above the one port up here that browsers refuse to open (10080, fetch.spec.whatwg.org section 2.9).
    private static let range = 10_081..<16_000
    private static let last = Mutex(Int.random(in: range))

    /// A port that nobody listens on.
    /// - Throws: `EADDRINUSE` when all are taken.
    package static func free() throws -> Int {
        try last.withLock { last in
            for _ in range {
                last = last + 1 < range.upperBound ? last + 1 : range.lowerBound
                if isFree(last) { return last }
            }
            throw POSIXError(.EADDRINUSE)
        }
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        // Connections that have just ended there are no hindrance to the servers either.
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout.size(ofValue: isOn)))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
