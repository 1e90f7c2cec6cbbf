import ArgumentParser
import Contracts

struct TasksShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a task, its analysis and its story.")

    @Argument(help: "The task's id.")
    var id: String

    @Flag(help: "Also every event of its story.")
    var timeline = false

    @Flag(help: "Print the API's JSON (of the timeline with --timeline).")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard Identifier(id) != nil else { throw ValidationError("'\(id)' is not a task's id (a UUID)") }
    }

    func perform() async throws {
        let client = try api.client()
        if json { return Console.bytes(try await client.get("/v1/tasks/\(id)" + (timeline ? "/timeline" : ""))) }
        let task = try await client.get("/v1/tasks/\(id)", as: TaskView.self)
        for line in task.lines() { Console.line(line) }
        guard timeline else { return }
        let story = try await client.get("/v1/tasks/\(id)/timeline", as: Page<TimelineItem>.self)
        var table = TextTable("TIME", "EVENT", "REVISION", "EVENT ID", "CAUSED BY")
        for item in story.items {
            table.add(
                item.time.description, item.type, String(item.revision), item.eventID.description,
                item.causationID ?? "-")
        }
        Console.line()
        table.print()
    }
}
