import ArgumentParser
import Foundation
import Rollout

/// Explains where a routing table sends somebody, or simulates where it sends many.
struct RouteCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Explain which model version serves a user, or simulate many users.",
        discussion: """
            A routing table has ordered rules by tenant, tier, group and user, and splits by weights. A user keeps the \
            bucket of an experiment for ever. In a balanced experiment it depends on the user's number, which ai-analyzer \
            keeps: it is read from the database if its address is known, or given by --number (1 for the experiment's first \
            user).

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

    @OptionGroup var database: AdminDatabaseOptions

    @OptionGroup(title: "Simulation") var simulation: RouteSimulationOptions

    func validate() throws {
        if (user == nil) == (simulation.simulate == nil) { throw ValidationError("give either --user or --simulate") }
        if let number, number < 1 { throw ValidationError("--number counts from 1") }
    }

    func perform() async throws {
        let table = try Self.table(routes)
        guard let user else { return try simulation.perform(table, tenant: tenant, json: json) }
        let subject = RouteSubject(user: user, tenant: tenant, tier: tier, group: group)
        let decision = table.decide(for: subject, ordinal: try await ordinal(of: subject, in: table))
        Console.line(json ? try RouteReport(decision).text : Self.text(decision))
    }

    /// The user's number in the experiment, counted from 0; nil when the table doesn't ask for one.
    private func ordinal(of subject: RouteSubject, in table: RoutingTable) async throws -> Int? {
        guard let experiment = table.ordinalNeeded(for: subject) else { return nil }
        if let number { return number - 1 }
        guard try database.url ?? OperatorEnvironment.value("ADMIN_DATABASE_URL") != nil else {
            throw CommandFailure(
                .failed,
                "experiment \(experiment) is balanced: the side depends on the user's number in it; give --number, or "
                    + "the database that keeps it by TRIAGELOOP_ADMIN_DATABASE_URL or --database-url")
        }
        let (ordinal, isGiven) = try await database.withPool { pool in
            try await StoredRouteNumber.ordinal(
                experiment: experiment, tenant: subject.tenant, user: subject.user, on: pool)
        }
        if !isGiven {
            Console.error(
                "\(subject.user) has no number in \(experiment) yet; as the next user it would be \(ordinal + 1)")
        }
        return ordinal
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
