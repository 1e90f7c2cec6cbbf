import ArgumentParser

struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "Create, list, show, watch and import tasks.",
        subcommands: [TasksCreate.self, TasksList.self, TasksShow.self, TasksWatch.self, TasksImport.self])
}
