import ArgumentParser
import Contracts
import FeatureStore

/// Prints one definition, and its present value for a user or a project.
struct FeaturesShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a feature, and its value for a user or project now.",
        discussion: "With --user or --project the value is computed from the history; the database's address is needed."
    )

    @Argument(help: "A feature, such as user:tasks_4w.")
    var name: String
    @Option(help: "The author of tasks.")
    var user: String?
    @Option(help: "The project.")
    var project: String?
    @Option(help: "The tenant of both.")
    var tenant = "default"

    @OptionGroup var database: AdminDatabaseOptions

    func perform() async throws {
        guard let definition = FeatureSet.current.definitions.first(where: { $0.name == name || $0.reference == name })
        else { throw CommandFailure(.failed, "there is no feature '\(name)'; triagectl features list prints them") }
        Console.line("\(definition.reference) (\(definition.unit.rawValue), owner \(definition.owner))")
        Console.line("  \(definition.summary)")
        let given: [(FeatureEntity, String)] =
            (user.map { [(.user, $0)] } ?? []) + (project.map { [(.project, $0)] } ?? [])
        if given.isEmpty { return }
        guard let (entity, owner) = given.first(where: { $0.0 == definition.entity }) else {
            throw CommandFailure(.failed, "\(definition.name) is a feature of a \(definition.entity.rawValue)")
        }
        let history = try await database.withPool { pool in
            try await FeatureTables(pool: pool).history(of: entity, tenant: tenant, name: owner)
        }
        let now = EventTime.now.microseconds
        let views = PointInTimeJoin.views(of: history, at: [PointInTimeJoin.Request(.version(.max), at: now)])
        let view = views.first ?? HistoryView()
        let value = definition.value(FeatureInput(at: now, text: TextStatistics(), user: view, project: view))
        Console.line(
            "  \(owner.clipped(to: 60)): \(value.map { "\($0)" } ?? "none"), from \(history.count) events")
    }
}
