import ArgumentParser
import Contracts

struct TrainingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trainings", abstract: "List trainings, show what the checks of one's data found, or ask for one.",
        subcommands: [TrainingsList.self, TrainingsShow.self, TrainingsStart.self],
        defaultSubcommand: TrainingsList.self)
}

struct TrainingsList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List trainings, newest first.")

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let answer = try await api.client().get("/v1/trainings")
        if json { return Console.bytes(answer) }
        let page = try ContractJSON.decode(Page<TrainingChanged>.self, from: answer)
        var table = TextTable("ID", "STATE", "CHANGED", "EXAMPLES", "CANDIDATE", "REASON")
        for training in page.items {
            table.add(
                training.trainingID.description, training.state.rawValue, training.changedAt.description,
                String(training.examples), training.candidateVersion?.clipped(to: 60) ?? "-",
                training.reason.clipped(to: 160))
        }
        table.print()
    }
}

struct TrainingsStart: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Ask for a training now, without waiting for enough feedback.")

    @Option(help: "Why, for the record.")
    var reason: String

    @Option(help: "A check of the data whose failure you have looked at and take for right; may be repeated.")
    var accept: [String] = []

    @Flag(help: "Roll the version out even if the gate finds it worse; for trying out what the canary does then.")
    var pastGate = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        for name in accept {
            guard let fault = DataCheck.fault(inName: name) else { continue }
            throw ValidationError("--accept \(name.clipped(to: 60)) \(fault)")
        }
    }

    func perform() async throws {
        let draft = TrainingDraft(
            reason: reason, accept: accept.isEmpty ? nil : accept, pastGate: pastGate ? true : nil)
        _ = try await api.client().post("/v1/trainings", draft)
        Console.line("asked for; triagectl trainings list shows how it goes")
    }
}
