import Glibc
import NIOCore
import NIOPosix

/// A client that writes whatever bytes it likes, and reads only when told to.
enum RawClient {
    /// Connects, and disconnects after `body`.
    static func run<R: Sendable>(
        _ url: String, _ body: @Sendable (Connection) async throws -> R
    ) async throws -> R {
        let port = Int(url.split(separator: ":").last ?? "") ?? 0
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(Connection(inbound: inbound, outbound: outbound))
        }
    }

    struct Connection: Sendable {
        let inbound: NIOAsyncChannelInboundStream<ByteBuffer>
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

        func write(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

        /// All that comes until the other side ends the connection.
        func readToEnd() async -> String {
            var all = ByteBuffer()
            do {
                for try await part in inbound { all.writeImmutableBuffer(part) }
            } catch {
                // An aborted connection is an end, too.
            }
            return String(buffer: all)
        }
    }
}

/// A connection that is written to and never read, with as little room for what comes as the system gives.
final class UnreadSocket: Sendable {
    private let descriptor: Int32
    private let port: UInt16
    private let otherPort: UInt16

    struct Failure: Error { let step: String }

    init(_ url: String) throws {
        let (other, descriptor) = (
            url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0, Self.socketOfLittleRoom()
        )
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = other.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var own = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), length) == 0
        }
        let isNamed = withUnsafeMutableBytes(of: &own) {
            getsockname(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length) == 0
        }
        self.descriptor = descriptor
        otherPort = other
        port = UInt16(bigEndian: own.sin_port)
        guard isConnected, isNamed else { throw Failure(step: "connect") }
    }

    private static func socketOfLittleRoom() -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var bytes: Int32 = 4_096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    deinit { close(descriptor) }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(step: "send")
        }
    }

    /// Whether the other side has the connection still open, by the system's table (proc_pid_net(5)).
    func isOpenThere() throws -> Bool {
        let (there, here) = (Self.suffix(otherPort), Self.suffix(port))
        return try Self.table().split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[1].hasSuffix(there) && fields[2].hasSuffix(here) && fields[3] == "01"
        }
    }

    /// All of it: the file has no size, and each read gives only some lines.
    private static func table() throws -> String {
        let file = open("/proc/net/tcp", O_RDONLY)
        guard file >= 0 else { throw Failure(step: "open") }
        defer { close(file) }
        var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = read(file, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        return String(decoding: all, as: UTF8.self)
    }

    /// What the system has kept for the reader.
    func readToEnd() -> Int {
        var (total, buffer) = (0, [UInt8](repeating: 0, count: 1 << 20))
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { total += count }
        return total
    }

    private static func suffix(_ port: UInt16) -> String {
        let digits = String(port, radix: 16, uppercase: true)
        return ":" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
