import ArgumentParser
import Contracts

struct TrainingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trainings", abstract: "List trainings.", subcommands: [TrainingsList.self],
        defaultSubcommand: TrainingsList.self)
}

struct TrainingsList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List trainings, newest first.")

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    /// What a list needs of a training; the API may say more.
    private struct Training: Codable, Hashable, Sendable {
        var id: Identifier?
        var training_id: Identifier?
        var state: String
        var reason: String?
        var examples: Int?
        var changed_at: EventTime?
    }

    func perform() async throws {
        let answer = try await api.client().get("/v1/trainings")
        if json { return Console.bytes(answer) }
        let page = try ContractJSON.decode(Page<Training>.self, from: answer)
        var table = TextTable("ID", "STATE", "CHANGED", "EXAMPLES", "REASON")
        for training in page.items {
            table.add(
                (training.id ?? training.training_id)?.description ?? "-", training.state.clipped(to: 20),
                training.changed_at?.description ?? "-", training.examples.map(String.init) ?? "-",
                training.reason?.clipped(to: 120) ?? "")
        }
        table.print()
    }
}
