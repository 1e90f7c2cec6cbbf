import ArgumentParser
import Contracts

struct TasksList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List or search tasks, newest first.")

    @Option(help: "How many.")
    var limit = 20

    @Option(help: "Only this project.")
    var project: String?

    @Option(help: "Only this status: \(TaskStatus.allCases.map(\.rawValue).joined(separator: ", ")).")
    var status: TaskStatus?

    @Option(help: "Only what matches: words, \"phrases\", or, -without.")
    var search: String?

    @Option(help: "Only this category, set or suggested.")
    var category: String?

    @Option(help: "Only this priority, set or suggested.")
    var priority: String?

    @Option(help: "Only tasks with this label of their own.")
    var label: String?

    @Option(help: "Only tasks of this author.")
    var author: String?

    @Option(help: "\(TaskOrder.allCases.map(\.rawValue).joined(separator: ", ")); relevance needs --search.")
    var sort: TaskOrder?

    @Option(help: "Go on where an earlier list ended.")
    var cursor: String?

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit must be from 1 to 200") }
    }

    func perform() async throws {
        var query = ["limit=\(limit)"]
        if let project { query.append("project=\(percentEncoded(project))") }
        if let status { query.append("status=\(status.rawValue)") }
        for (name, value) in [
            ("q", search), ("category", category), ("priority", priority), ("label", label), ("author", author),
        ] {
            if let value { query.append("\(name)=\(percentEncoded(value))") }
        }
        if let sort { query.append("sort=\(sort.rawValue)") }
        if let cursor { query.append("cursor=\(percentEncoded(cursor))") }
        let answer = try await api.client().get("/v1/tasks?" + query.joined(separator: "&"))
        if json { return Console.bytes(answer) }
        let page = try ContractJSON.decode(Page<TaskView>.self, from: answer)
        var table = TextTable("ID", "STATUS", "PROJECT", "CATEGORY", "PRIORITY", "EFFORT", "TITLE")
        for task in page.items {
            table.add(
                task.id.description, task.status.rawValue, task.project.clipped(to: 20),
                task.cell(.category), task.cell(.priority), task.cell(.effort), task.title.clipped(to: 60))
        }
        table.print()
        if let next = page.nextCursor { Console.error("more: --cursor \(next)") }
    }
}

extension TaskStatus: ExpressibleByArgument {}
extension TaskOrder: ExpressibleByArgument {}
