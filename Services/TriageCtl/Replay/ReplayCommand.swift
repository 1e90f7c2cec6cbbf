import ArgumentParser
import Contracts

/// `triagectl replay`: what would change if another version served.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run a model version over recorded tasks and show what would change.",
        discussion: """
            Prints the tasks whose category, priority or effort would differ from what was shown, and who of both is \
            right by what people said since. Any version in the registry can be replayed: triagectl models list.
            """,
        subcommands: [ReplayStart.self, ReplayShow.self], defaultSubcommand: ReplayStart.self)
}

struct ReplayStart: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a replay and wait for its end.")

    @Option(help: "The version, as triagectl models list names it.")
    var candidate: String

    @Option(help: "Tasks created from then on: a time such as 2026-11-01T00:00:00Z, or 30m, 24h, 7d ago.")
    var since: String

    @Option(help: "Only tasks of this project.")
    var project: String?

    @Option(help: "Most tasks, the latest ones (default 10,000).")
    var limit: Int?

    @OptionGroup var output: ReplayOutput
    @OptionGroup var api: APIOptions

    func validate() throws { _ = try start() }

    func perform() async throws {
        let since = try start()
        let client = try api.client()
        let draft = ReplayDraft(
            id: Identifier(), candidate: candidate, since: since, project: project, limit: limit)
        let started = try ContractJSON.decode(
            ReplayView.self, from: try await client.post("/v1/replays", draft))
        try await output.follow(started.id, client)
    }

    private func start() throws -> EventTime {
        guard let since = ReplayTime.parse(since, now: .now) else {
            throw ValidationError(
                "--since \(self.since.clipped(to: 60)) is neither a time nor a number of s, m, h or d")
        }
        return since
    }
}

struct ReplayShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a replay, once it has ended.")

    @Argument(help: "The replay's id.")
    var id: String

    @OptionGroup var output: ReplayOutput
    @OptionGroup var api: APIOptions

    func validate() throws {
        guard Identifier(id) != nil else { throw ValidationError("\(id.clipped(to: 60)) is not a UUID") }
    }

    func perform() async throws {
        guard let id = Identifier(id) else { throw ValidationError("\(self.id.clipped(to: 60)) is not a UUID") }
        try await output.follow(id, try api.client())
    }
}

/// A point in time as people write it.
enum ReplayTime {
    /// A time, or how long ago.
    static func parse(_ text: String, now: EventTime) -> EventTime? {
        if let time = EventTime(text) { return time }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count >= 0,
            case let (seconds, overflow) = count.multipliedReportingOverflow(by: unit), !overflow,
            seconds < now.microseconds / 1_000_000
        else { return nil }
        return EventTime(microseconds: now.microseconds - seconds * 1_000_000)
    }
}
