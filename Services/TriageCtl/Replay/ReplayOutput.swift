import ArgumentParser
import Contracts

/// Waits for a replay and prints it.
struct ReplayOutput: ParsableArguments {
    @Flag(help: "Print the API's JSON.")
    var json = false

    @Option(help: "Most differences that are printed, up to 1,000.")
    var show = 50

    /// Without an answer for so long nobody waits any more.
    private static let patience: Duration = .seconds(60)

    func validate() throws {
        guard (0...1_000).contains(show) else { throw ValidationError("--show must be from 0 to 1,000") }
    }

    func follow(_ id: Identifier, _ client: APIClient) async throws {
        var lastTasks = -1
        var lastMove = ContinuousClock.now
        while true {
            let bytes = try await client.get("/v1/replays/\(id)?differences=\(show)")
            let view = try ContractJSON.decode(ReplayView.self, from: bytes)
            if view.state != .running {
                if Console.isErrorTerminal { Console.progress("") }
                if json { Console.bytes(bytes) } else { ReplayText(view: view).print() }
                guard view.state == .done else {
                    throw CommandFailure(.failed, "the replay failed: \(view.reason?.clipped(to: 500) ?? "")")
                }
                return
            }
            if view.tasks != lastTasks { (lastTasks, lastMove) = (view.tasks, .now) }
            guard ContinuousClock.now - lastMove < Self.patience else {
                throw CommandFailure(
                    .unavailable,
                    "no answer for a minute: is ai-analyzer running? triagectl replay show \(id) goes on waiting")
            }
            if Console.isErrorTerminal { Console.progress("\(view.tasks) tasks answered") }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// A replay as a person reads it.
struct ReplayText {
    let view: ReplayView

    func print() {
        Console.line("replay     \(view.id)")
        Console.line("candidate  \(view.candidate.clipped(to: 60))")
        let project = view.project.map { ", project \($0.clipped(to: 60))" } ?? ""
        Console.line("tasks      \(view.tasks) created from \(view.since) to \(view.until)\(project)")
        guard view.state == .done else { return }
        Console.line()
        var counts = TextTable("FIELD", "SHOWN", "WOULD DIFFER", "WON", "LOST", "TIES", "NO TRUTH")
        for field in view.fields {
            let share = field.shown > 0 ? " (\(metricText(Double(field.differ) * 100 / Double(field.shown))) %)" : ""
            counts.add(
                field.field.rawValue, String(field.shown), "\(field.differ)\(share)", String(field.won),
                String(field.lost), String(field.ties), String(field.noTruth))
        }
        counts.print()
        let accepted = view.fields.reduce(0) { $0 + $1.lostToAccepted }
        if accepted > 0 {
            Console.line(
                "\(accepted) of the lost: a person accepted what was shown, which is easier than to correct it")
        }
        guard !view.differences.isEmpty else {
            return Console.line(view.omitted == 0 ? "nothing would differ" : "\(view.omitted) differences")
        }
        Console.line()
        var table = TextTable("TASK", "FIELD", "SHOWN", "CANDIDATE", "TRUTH", "OUTCOME", "TITLE")
        for difference in view.differences {
            table.add(
                difference.taskID.description, difference.field.rawValue, Self.text(difference.shown),
                difference.candidate.map(Self.text) ?? "none", difference.truth.map(Self.text) ?? "-",
                difference.outcome == .noTruth ? "-" : difference.outcome.rawValue,
                difference.title?.clipped(to: 60) ?? "-")
        }
        table.print()
        if view.omitted > 0 { Console.line("and \(view.omitted) more: --show, up to 1,000") }
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .text(let label): label.clipped(to: 30)
        case .number(let points): metricText(points)
        }
    }
}
