import ArgumentParser
import FeatureStore

/// Prints the definitions.
struct FeaturesList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the features that this release serves, in their order.")

    @Flag(help: "Print JSON.")
    var json = false

    func perform() async throws {
        let definitions = FeatureSet.current.definitions
        if json { return Console.line(try RouteReport.text(of: definitions.map(FeatureDescription.init))) }
        var table = TextTable("FEATURE", "UNIT", "OWNER", "WHAT IT IS")
        for one in definitions { table.add(one.reference, one.unit.rawValue, one.owner, one.summary) }
        table.print()
    }
}

/// A definition as JSON.
struct FeatureDescription: Encodable {
    let name: String
    let version: Int
    let entity: String
    let unit: String
    let owner: String
    let summary: String

    init(_ definition: FeatureDefinition) {
        name = definition.name
        version = definition.version
        entity = definition.entity.rawValue
        unit = definition.unit.rawValue
        owner = definition.owner
        summary = definition.summary
    }
}
