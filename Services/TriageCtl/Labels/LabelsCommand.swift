import ArgumentParser
import Contracts
import CurlHTTP

/// `triagectl labels`: a team's categories.
struct LabelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels", abstract: "A team's categories: list, add, rename, merge, retire; what was done.",
        subcommands: [
            LabelsList.self, LabelsAdd.self, LabelsRename.self, LabelsMerge.self, LabelsRetire.self,
            LabelsHistory.self,
        ], defaultSubcommand: LabelsList.self)
}

struct LabelsList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the labels.")

    @Flag(help: "Those of before as well.")
    var all = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let set = try await api.client().get("/v1/labels", as: LabelSetView.self)
        var table = TextTable("LABEL", "STATE", "TASKS", "BEFORE", "DESCRIPTION")
        for label in set.labels where all || label.state != .renamed && label.state != .merged {
            table.add(
                label.value.clipped(to: 50),
                label.into.map { "\(label.state.rawValue) to \($0.clipped(to: 50))" } ?? label.state.rawValue,
                String(label.tasks), label.formerNames.joined(separator: ", ").clipped(to: 80),
                (label.description ?? "").clipped(to: 80))
        }
        table.print()
        Console.line("version \(set.version)")
    }
}

struct LabelsAdd: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a label, or use a retired one again.")

    @Argument(help: "Its name.")
    var label: String

    @Option(help: "What it is for; remote models are told.")
    var description: String?

    @OptionGroup var change: LabelChangeOptions

    func perform() async throws {
        try await change.send(LabelChangeDraft(.add, [label], description: description))
    }
}

struct LabelsRename: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "rename", abstract: "Give a label another name.")

    @Argument(help: "Its name.")
    var label: String

    @Argument(help: "Its new name.")
    var into: String

    @Option(help: "What it is for; as it was if absent.")
    var description: String?

    @OptionGroup var change: LabelChangeOptions

    func perform() async throws {
        try await change.send(LabelChangeDraft(.rename, [label], into: into, description: description))
    }
}

struct LabelsMerge: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Make several labels one of those in use.")

    @Argument(help: "The labels that go.")
    var labels: [String]

    @Option(help: "The label that they become.")
    var into: String

    @OptionGroup var change: LabelChangeOptions

    func perform() async throws { try await change.send(LabelChangeDraft(.merge, labels, into: into)) }
}

struct LabelsRetire: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Neither suggest nor take labels any more.")

    @Argument(help: "The labels.")
    var labels: [String]

    @OptionGroup var change: LabelChangeOptions

    func perform() async throws { try await change.send(LabelChangeDraft(.retire, labels)) }
}

struct LabelsHistory: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "List what was done to the labels.")

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let page = try await api.client().get("/v1/labels/changes", as: Page<LabelChangeView>.self)
        var table = TextTable("VERSION", "AT", "BY", "WHAT")
        for change in page.items {
            let into = change.into.map { " into \($0)" } ?? ""
            table.add(
                String(change.version), change.changedAt.description, change.changedBy.clipped(to: 40),
                "\(change.action.rawValue) \(change.labels.joined(separator: ", "))\(into)".clipped(to: 120))
        }
        table.print()
    }
}

/// What each change takes.
struct LabelChangeOptions: ParsableArguments {
    @Option(name: .customLong("at-version"), help: "Only if the set is at this version.")
    var version: Int?

    @OptionGroup var api: APIOptions

    /// Sends a change and says what came of it.
    func send(_ draft: LabelChangeDraft) async throws {
        var draft = draft
        draft.version = version
        // The draft's rules, before anything is sent.
        if let broken = draft.brokenRules().first { throw CommandFailure(.badData, broken.text) }
        let body = try await api.client().post("/v1/labels/changes", draft)
        let change = try ContractJSON.decode(LabelChangeView.self, from: body)
        Console.line("the labels are at version \(change.version): triagectl labels list")
    }
}
