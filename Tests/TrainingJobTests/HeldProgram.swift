import Foundation
import TestSupport

/// A program that says when it has begun, and waits there for as long as the test wants it to.
struct HeldProgram {
    let system: TrainingSystem
    let name: String

    /// - Parameter then: what the script does when it may go on, with the program's arguments in `$@`.
    init(_ name: String, in system: TrainingSystem, then: String) throws {
        (self.system, self.name) = (system, name)
        let path = "\(system.folder)/\(name)"
        mkfifo(path + ".go", 0o600)
        _ = FileManager.default.createFile(atPath: path + ".held", contents: nil)
        // A child of its own in the background: it has to go, too.
        try system.script(
            name,
            """
            if [ -e '\(path).held' ]; then
                sleep 3600 &
                echo $$ $! >'\(path).pids.new'
                mv '\(path).pids.new' '\(path).pids'
                read _ <'\(path).go'
            fi
            \(then)
            """)
    }

    /// Process ids of the program and of what it has started, once it waits.
    func waits() async throws -> [pid_t] {
        try await eventually("\(name) has begun", within: .seconds(60)) { system.exists("\(name).pids") }
        return system.text(of: "\(name).pids").split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
    }

    /// It waits no more when it is started again.
    func release() throws { try FileManager.default.removeItem(atPath: "\(system.folder)/\(name).held") }

    /// Lets the one that waits go on.
    func letGo() {
        let descriptor = open("\(system.folder)/\(name).go", O_WRONLY | O_NONBLOCK)
        _ = write(descriptor, "\n", 1)
        close(descriptor)
    }
}

/// Whether the process runs; a zombie doesn't.
func isAlive(_ pid: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let state = text.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
}
