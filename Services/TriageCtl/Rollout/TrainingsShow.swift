import ArgumentParser
import Contracts

/// `triagectl trainings show`: a training, what the gate decided, and the report on its data.
struct TrainingsShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a training, what the gate decided, and what the checks of its data found.")

    @Argument(help: "The training's id.")
    var id: String

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard Identifier(id) != nil else { throw ValidationError("\(id.clipped(to: 60)) is not a UUID") }
    }

    func perform() async throws {
        guard let id = Identifier(id) else { throw ValidationError("\(self.id.clipped(to: 60)) is not a UUID") }
        let answer = try await api.client().get("/v1/trainings/\(id)")
        if json { return Console.bytes(answer) }
        let training = try ContractJSON.decode(TrainingChanged.self, from: answer)
        Console.line("training   \(training.trainingID)")
        Console.line("state      \(training.state.rawValue) since \(training.changedAt)")
        Console.line("reason     \(training.reason.clipped(to: 2_000))")
        Console.line("examples   \(training.examples)")
        if let version = training.candidateVersion { Console.line("candidate  \(version.clipped(to: 60))") }
        if let decision = training.decision {
            Console.line()
            GateReport(decision: decision).print()
            Console.line()
        }
        guard let checks = training.checks else { return Console.line("The data have not been checked yet.") }
        Console.line()
        var table = TextTable("LEVEL", "CHECK", "OBSERVED", "LIMIT", "SEEN")
        for check in checks {
            table.add(
                check.level.rawValue, check.name.clipped(to: 40), check.observed.map(metricText) ?? "-",
                check.limit.map(metricText) ?? "-", check.text.clipped(to: 200))
        }
        table.print()
        for check in checks where check.level == .warning || check.level == .failure {
            Console.line()
            Console.line("\(check.level.rawValue): \(check.name.clipped(to: 40))")
            Console.line("  seen     \(check.text.clipped(to: 1_000))")
            Console.line("  meaning  \(check.meaning.clipped(to: 1_000))")
            Console.line("  to do    \(check.action.clipped(to: 1_000))")
        }
    }
}
