import Foundation
import Synchronization

/// One `chromedriver` (Debian: `chromium-driver`) on a port that it chose itself.
struct ChromeDriverProcess: Sendable {
    let port: Int
    private let identifier: pid_t

    /// Starts it and waits until it says on which port it listens.
    /// - Throws: `BrowserError` when it isn't installed or ends without listening.
    static func start() async throws -> ChromeDriverProcess {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["chromedriver", "--port=0"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let (chunks, continuation) = AsyncStream.makeStream(of: Data.self)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(data)  // after the first lines nobody listens, and this only drains the pipe
            }
        }
        try process.run()
        var text = ""
        for await chunk in chunks {
            text += String(decoding: chunk, as: UTF8.self)
            guard let match = text.firstMatch(of: /started successfully on port ([0-9]+)/), let port = Int(match.1)
            else {
                continue
            }
            return ChromeDriverProcess(port: port, identifier: process.processIdentifier)
        }
        throw BrowserError(
            code: "no browser", reason: "chromedriver ended before it listened (Debian: chromium-driver): \(text)")
    }

    /// Ends it; its browsers were closed by their sessions.
    func stop() { kill(identifier, SIGTERM) }
}
