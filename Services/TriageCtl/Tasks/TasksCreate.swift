import ArgumentParser
import Contracts
import FoundationEssentials

struct TasksCreate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Post one task.",
        discussion: "Prints the id; with --watch goes on until the analysis is there.")

    @Argument(help: "The title.")
    var title: String

    @Option(help: "The text; - reads it from standard input.")
    var body: String?

    @Option(help: "The project.")
    var project: String?

    @Option(name: .customLong("label"), help: "A label; may be given several times.")
    var labels: [String] = []

    @Option(help: "The user's tier, which routes may go by.")
    var tier: String?

    @Option(help: "The user's experiment group, which routes may go by.")
    var group: String?

    @Flag(help: "Wait for the analysis and show it.")
    var watch = false

    @Flag(help: "Print the task as JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let client = try api.client()
        let draft = TaskDraft(
            title: title, body: body == "-" ? try readStandardInput() : body, project: project,
            labels: labels.isEmpty ? nil : labels, tier: tier, group: group)
        let answer = try await client.post("/v1/tasks", draft)
        let task = try ContractJSON.decode(TaskView.self, from: answer)
        guard watch else {
            if json { return Console.bytes(answer) }
            return Console.line("\(task.id)  \(task.status.rawValue)  correlation id \(task.correlationID)")
        }
        if !json { Console.line("\(task.id)  \(task.status.rawValue)") }
        let watcher = TaskWatcher(client: client, path: "/v1/tasks/\(task.id)/events", isJSON: json)
        try await watcher.run(until: { $0.isAnalysisResult })
    }

    private func readStandardInput() throws -> String {
        let data = try FileHandleInput.readAll(limit: 1 << 20)
        return String(decoding: data, as: UTF8.self)
    }
}
