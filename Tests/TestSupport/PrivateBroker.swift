import FaultServer
import Foundation
package import RabbitMQ

/// A RabbitMQ of its own, for tests that kill it: in a folder of its own, on free loopback ports, ended by pid.
package actor PrivateBroker {
    private let folder: String
    private let port: Int
    private let distributionPort: Int
    private let epmdPort: Int
    private var broker: Process?
    private var epmd: Process?

    private init() throws {
        folder = NSTemporaryDirectory() + "triageloop-broker-\(UUID().uuidString)"
        port = try LoopbackPort.free()
        distributionPort = try LoopbackPort.free()
        epmdPort = try LoopbackPort.free()
    }

    /// Runs `body` with a started broker.
    package static func run<R: Sendable>(_ body: (PrivateBroker) async throws -> R) async throws -> R {
        let broker = try PrivateBroker()
        do {
            try await broker.prepare()
            try await broker.start()
            let result = try await body(broker)
            await broker.remove()
            return result
        } catch {
            await broker.remove()
            throw error
        }
    }

    package var configuration: BrokerConfiguration {
        get throws { try BrokerConfiguration(url: "amqp://guest:guest@127.0.0.1:\(port)/") }
    }

    /// Starts it (again) and returns when it takes connections.
    package func start() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/lib/rabbitmq/bin/rabbitmq-server")
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        broker = process
        let port = port
        try await eventually("the private broker listens", within: .seconds(60)) { canConnect(port) }
    }

    /// Ends it as a crash does: SIGKILL to the Erlang machine.
    /// - Returns: whether there was one to kill.
    @discardableResult
    package func kill() async throws -> Bool {
        guard let text = try? String(contentsOfFile: folder + "/pid", encoding: .utf8),  // no file: not running
            let identifier = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), Glibc.kill(identifier, 0) == 0
        else { return false }
        Glibc.kill(identifier, SIGKILL)
        let port = port
        try await eventually("the private broker is gone") { !canConnect(port) }
        return true
    }

    private func prepare() throws {
        for name in ["home", "mnesia", "log"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try Data().write(to: URL(fileURLWithPath: folder + "/env.conf"))
        try Data("[].".utf8).write(to: URL(fileURLWithPath: folder + "/plugins"))
        let settings = """
            listeners.tcp.default = 127.0.0.1:\(port)
            log.file.level = warning
            disk_free_limit.absolute = 50MB
            """
        try Data((settings + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/rabbitmq.conf"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["epmd", "-address", "127.0.0.1", "-port", "\(epmdPort)"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        epmd = process
    }

    private func remove() async {
        do { try await kill() } catch { print("a private broker may be left behind in \(folder): \(error)") }
        epmd?.terminate()
        // Left-over files of a test are the temporary folder's business.
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var environment: [String: String] {
        [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder + "/home",
            "RABBITMQ_NODENAME": "test\(port)@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": "\(port)", "RABBITMQ_DIST_PORT": "\(distributionPort)",
            "ERL_EPMD_PORT": "\(epmdPort)", "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": folder + "/mnesia", "RABBITMQ_LOG_BASE": folder + "/log",
            "RABBITMQ_PID_FILE": folder + "/pid", "RABBITMQ_CONFIG_FILE": folder + "/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": folder + "/env.conf", "RABBITMQ_ENABLED_PLUGINS_FILE": folder + "/plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        ]
    }
}

private func canConnect(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
