import ArgumentParser
import Contracts

struct RolloutsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollouts",
        abstract: "List rollouts of new versions, show one, or pause, resume, promote or roll back the one under way.",
        subcommands: [
            RolloutsList.self, RolloutsShow.self, RolloutsPause.self, RolloutsResume.self, RolloutsPromote.self,
            RolloutsRollback.self,
        ], defaultSubcommand: RolloutsList.self)
}

struct RolloutsList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List rollouts, newest first.")

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let answer = try await api.client().get("/v1/rollouts")
        if json { return Console.bytes(answer) }
        var table = TextTable("ID", "STATUS", "SHARE", "CHALLENGER", "CHAMPION", "CHANGED", "REASON")
        for rollout in try ContractJSON.decode(Page<RolloutView>.self, from: answer).items {
            let standing = rollout.standing
            table.add(
                standing.rolloutID.description, standing.statusText, "\(metricText(standing.sharePercent)) %",
                standing.challenger.clipped(to: 60), standing.champion.clipped(to: 60), rollout.changedAt.description,
                rollout.reason.clipped(to: 160))
        }
        table.print()
    }
}

struct RolloutsShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a rollout, its plan and each of its changes.")

    @Argument(help: "The rollout's id; without it the latest.")
    var id: String?

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws { try checkID(id) }

    func perform() async throws {
        let client = try api.client()
        let answer = try await client.get("/v1/rollouts/\(try await rolloutID(id, client))")
        if json { return Console.bytes(answer) }
        let rollout = try ContractJSON.decode(RolloutView.self, from: answer)
        let standing = rollout.standing
        Console.line("rollout     \(standing.rolloutID)")
        if let training = standing.trainingID { Console.line("training    \(training)") }
        Console.line("challenger  \(standing.challenger.clipped(to: 60))")
        Console.line("champion    \(standing.champion.clipped(to: 60))")
        Console.line("status      \(standing.statusText), \(metricText(standing.sharePercent)) % of the people")
        Console.line("plan        \(standing.plan.clipped(to: 500))")
        Console.line("since       \(rollout.startedAt), last change \(rollout.changedAt)")
        Console.line("")
        var table = TextTable("CHANGED", "STATUS", "SHARE", "JUDGED", "ANALYSES", "REASON")
        for change in rollout.changes ?? [] {
            guard let then = change.rollout else { continue }
            table.add(
                change.changedAt.description, then.statusText, "\(metricText(then.sharePercent)) %",
                "\(then.answers.challenger) + \(then.answers.champion)",
                "\(then.analyses.challenger) + \(then.analyses.champion)", change.reason.clipped(to: 500))
        }
        table.print()
        Console.line("judged and analyses: challenger + champion, when the change was made")
    }
}

struct RolloutsPause: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Keep the share as it is; only harm still rolls back.")

    @OptionGroup var command: RolloutCommandOptions

    func perform() async throws { try await command.ask(.pause) }
}

struct RolloutsResume: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a paused rollout go on.")

    @OptionGroup var command: RolloutCommandOptions

    func perform() async throws { try await command.ask(.resume) }
}

struct RolloutsPromote: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Give the challenger to everybody now, which ends the rollout.")

    @OptionGroup var command: RolloutCommandOptions

    func perform() async throws { try await command.ask(.promote) }
}

struct RolloutsRollback: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Take the challenger from everybody now, which ends the rollout.")

    @OptionGroup var command: RolloutCommandOptions

    func perform() async throws { try await command.ask(.rollback) }
}

/// What is asked of a rollout, and why.
struct RolloutCommandOptions: ParsableArguments {
    @Argument(help: "The rollout's id; without it the latest.")
    var id: String?

    @Option(help: "Why, for the record.")
    var reason: String

    @OptionGroup var api: APIOptions

    func validate() throws { try checkID(id) }

    func ask(_ action: RolloutAction) async throws {
        let client = try api.client()
        let id = try await rolloutID(id, client)
        _ = try await client.post("/v1/rollouts/\(id)", RolloutCommandDraft(action: action, reason: reason))
        Console.line("\(action.rawValue) asked for; triagectl rollouts show \(id) shows when it has its effect")
    }
}

/// - Throws: `ValidationError`, while the command's own usage is still told with it.
private func checkID(_ text: String?) throws {
    if let text, Identifier(text) == nil { throw ValidationError("\(text.clipped(to: 60)) is not a UUID") }
}

/// The id that is named, or that of the latest rollout.
private func rolloutID(_ text: String?, _ client: APIClient) async throws -> Identifier {
    if let text {
        guard let id = Identifier(text) else { throw ValidationError("\(text.clipped(to: 60)) is not a UUID") }
        return id
    }
    guard let latest = try await client.get("/v1/rollouts", as: Page<RolloutView>.self).items.first else {
        throw CommandFailure(.failed, "there was no rollout yet")
    }
    return latest.standing.rolloutID
}

extension RolloutStanding {
    fileprivate var statusText: String { status.rawValue + (isPaused ? ", paused" : "") }

    /// `m-20261122-1 for 25 % of the people`.
    var shortText: String {
        "\(challenger.clipped(to: 60)) "
            + (status == .shadow ? "in shadow" : "for \(metricText(sharePercent)) % of the people")
            + (isPaused ? ", paused" : "")
    }
}
