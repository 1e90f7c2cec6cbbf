import ArgumentParser
import Contracts

struct TasksErase: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Erase a task: its text goes from every service, for good.",
        discussion: """
            Prints what was removed at once; the other services follow, also those that are down now, as soon as they \
            run: see triagectl tasks erasure ID. Nothing brings the task back.
            """)

    @Argument(help: "The task's id.")
    var id: String

    @Flag(help: "Wait until every service has removed its part.")
    var wait = false

    @Option(help: "With --wait, for how many seconds at most.")
    var timeout = 60

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard Identifier(id) != nil else { throw ValidationError("'\(id)' is not a task's id (a UUID)") }
        guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout must be from 1 to 86400") }
    }

    func perform() async throws {
        let client = try api.client()
        var answer = try await client.delete("/v1/tasks/\(id)")
        var view = try ContractJSON.decode(ErasureView.self, from: answer)
        let end = ContinuousClock.now + .seconds(timeout)
        while wait, view.state != .done, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(500))
            answer = try await client.get("/v1/erasures/\(id)")
            view = try ContractJSON.decode(ErasureView.self, from: answer)
        }
        if json { Console.bytes(answer) } else { view.lines.forEach { Console.line($0) } }
        guard !wait || view.state == .done else {
            throw CommandFailure(
                .failed, "not every service has removed its part within \(timeout) s; the rest follows")
        }
    }
}

struct TasksErasure: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "erasure", abstract: "Show what has become of an erased task's text.")

    @Argument(help: "The id of the task that was erased.")
    var id: String

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard Identifier(id) != nil else { throw ValidationError("'\(id)' is not a task's id (a UUID)") }
    }

    func perform() async throws {
        let answer = try await api.client().get("/v1/erasures/\(id)")
        if json { return Console.bytes(answer) }
        for line in try ContractJSON.decode(ErasureView.self, from: answer).lines { Console.line(line) }
    }
}

extension ErasureView {
    fileprivate var lines: [String] {
        var lines = [
            "\(taskID)  \(state == .done ? "erased" : "erased here, others follow")  by \(erasedBy) at \(erasedAt)"
        ]
        for part in parts {
            let removed = part.removed.filter { $0.count > 0 }.map { "\($0.count) \($0.what)" }.joined(separator: ", ")
            let done = part.doneAt.map { "done at \($0)" } ?? "to follow"
            lines.append("  \(part.service.rawValue): \(done)\(removed.isEmpty ? "" : ": " + removed)")
        }
        lines.append("what remains:")
        return lines + remains.map { "  - " + $0 }
    }
}
