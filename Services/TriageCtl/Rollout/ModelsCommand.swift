import ArgumentParser
import Contracts

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List the registered model versions, promote one or roll back.",
        subcommands: [ModelsList.self, ModelsPromote.self, ModelsRollback.self])
}

struct ModelsList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List model versions.")

    /// One of each head; all of them are in the JSON.
    private static let shownMetrics = ["category_macro_f1", "priority_macro_f1", "effort_mae"]

    @Flag(help: "Print the API's JSON, with all metrics.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let answer = try await api.client().get("/v1/models")
        if json { return Console.bytes(answer) }
        let list = try ContractJSON.decode(ModelList.self, from: answer)
        var table = TextTable("VERSION", "STATE", "REGISTERED", "PARENT", "METRICS")
        for model in list.items {
            let metrics = Self.shownMetrics.compactMap { name in
                model.metrics[name].map { "\(name) \(metricText($0))" }
            }
            table.add(
                model.version.clipped(to: 60), model.state.clipped(to: 20), model.registeredAt.description,
                model.parent?.clipped(to: 60) ?? "-", metrics.joined(separator: ", "))
        }
        table.print()
        guard let serving = list.serving else { return Console.line("serving: not known yet") }
        Console.line(
            "serving \(serving.champion.clipped(to: 60)) since \(serving.changedAt) (\(serving.reason.clipped(to: 120)))"
                + (serving.previous.map { "; before: \($0.clipped(to: 60))" } ?? ""))
        if let rollout = serving.rollout, !rollout.status.isFinal {
            Console.line("on trial \(rollout.shortText); triagectl rollouts show \(rollout.rolloutID)")
        }
    }
}

struct ModelsRollback: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: """
            Let the previous model version (or the one named) serve again; while a rollout is under way and none is named, \
            take its challenger from everybody.
            """)

    @Argument(help: "The version; without it the one that served before.")
    var version: String?

    @Option(help: "Why, for the record.")
    var reason: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        try await ask(.rollback, version: version, reason: reason, api)
    }
}

struct ModelsPromote: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Let a registered model version serve.")

    @Argument(help: "The version.")
    var version: String

    @Option(help: "Why, for the record.")
    var reason: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        try await ask(.promote, version: version, reason: reason, api)
    }
}

private func ask(_ action: RolloutAction, version: String?, reason: String, _ api: APIOptions) async throws {
    let draft = RolloutDraft(action: action, version: version, reason: reason)
    _ = try await api.client().post("/v1/rollouts", draft)
    Console.line("\(action.rawValue) asked for; triagectl models list shows when it serves")
}

/// Three decimals where there are any.
func metricText(_ value: Double) -> String {
    let rounded = (value * 1_000).rounded() / 1_000
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
}
