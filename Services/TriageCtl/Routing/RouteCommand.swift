import ArgumentParser
import Foundation
import Rollout

/// Explains where a routing table sends somebody, or simulates where it sends many.
struct RouteCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Explain which model version serves a user, or simulate many users.",
        discussion: """
            A routing table has ordered rules by tenant, tier, group and user, and splits by weights. A user keeps the \
            bucket of an experiment for ever. In a balanced experiment it depends on the user's number, which the service \
            keeps; give it by --number (1 for the experiment's first user).

            With --simulate, made-up users write made-up tasks; the shares that landed are printed for each rule, and with \
            --within the exit code is 1 when one is further off than that, or a user changed sides.
            """)

    @Option(help: ArgumentHelp("The routing table.", valueName: "file"))
    var routes: String
    @Option(help: "Who asks.")
    var user: String?
    @Option(help: "The user's tenant.")
    var tenant = "default"
    @Option(help: "The user's tier.")
    var tier: String?
    @Option(help: "The user's experiment group.")
    var group: String?
    @Option(help: "The user's number in a balanced experiment, counted from 1.")
    var number: Int?
    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Simulation") var simulation: RouteSimulationOptions

    func validate() throws {
        if (user == nil) == (simulation.simulate == nil) { throw ValidationError("give either --user or --simulate") }
        if let number, number < 1 { throw ValidationError("--number counts from 1") }
    }

    func perform() async throws {
        let table = try Self.table(routes)
        guard let user else { return try simulation.perform(table, tenant: tenant, json: json) }
        let subject = RouteSubject(user: user, tenant: tenant, tier: tier, group: group)
        if let experiment = table.ordinalNeeded(for: subject), number == nil {
            throw CommandFailure(
                .failed,
                "experiment \(experiment) is balanced: the side depends on the user's number in it, which the service "
                    + "keeps; give it by --number")
        }
        let decision = table.decide(for: subject, ordinal: number.map { $0 - 1 })
        Console.line(json ? try RouteReport(decision).text : Self.text(decision))
    }

    /// The file's table, or a failure that lists all its faults.
    static func table(_ path: String) throws(CommandFailure) -> RoutingTable {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandFailure(.wrongSettings, "\(path) can't be read: \(error.localizedDescription)")
        }
        do {
            return try RoutingTable(json: Array(bytes))
        } catch {
            throw CommandFailure(.wrongSettings, "\(path) is no routing table:\n\(error)")
        }
    }

    private static func text(_ decision: RoutingDecision) -> String {
        let version = decision.target.version.map { "/\($0)" } ?? ""
        let head = "\(decision.variant): \(decision.target.provider)\(version) (\(decision.reason.rawValue))"
        return ([head] + decision.explanation.map { "  \($0)" }).joined(separator: "\n")
    }
}
