import ArgumentParser

/// The operator's tool; one group of commands a file, registered here.
@main
struct TriageCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triagectl",
        abstract: "Runs, inspects and repairs a TriageLoop.",
        subcommands: [
            ModelCommand.self
        ])
}
