import ArgumentParser

struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "Create, list, show, correct, watch, import and erase tasks.",
        subcommands: [
            TasksCreate.self, TasksList.self, TasksShow.self, TasksFeedback.self, TasksWatch.self, TasksImport.self,
            TasksErase.self, TasksErasure.self,
        ])
}
