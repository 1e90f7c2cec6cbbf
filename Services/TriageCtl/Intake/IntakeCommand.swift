import ArgumentParser
import Contracts

/// `triagectl intake`: issues of other systems as tasks.
struct IntakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake", abstract: "Let issues of GitHub and GitLab become tasks.",
        subcommands: [IntakeAdd.self, IntakeList.self, IntakeDeliveries.self, IntakeRemove.self],
        defaultSubcommand: IntakeList.self)
}

struct IntakeAdd: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a source; prints the address and the secret for the other system's webhook.",
        discussion: """
            The secret is shown once. With --label bug=category:bug a person who sets that label there says so of the \
            task. docs/intake.md has the steps on the other side.
            """)

    @Argument(help: "github or gitlab.")
    var kind: IntakeKind

    @Option(help: "For people; unique in the tenant.")
    var name: String

    @Option(help: "Project of the tasks (default: the repository's name).")
    var project: String?

    @Option(name: .customLong("label"), help: "LABEL=FIELD:VALUE; as often as there are labels that say something.")
    var labels: [String] = []

    @Flag(name: .customLong("secret-from-stdin"), help: "Take the secret from standard input rather than making one.")
    var readsSecret = false

    @OptionGroup var api: APIOptions

    func validate() throws { _ = try meanings() }

    func perform() async throws {
        let client = try api.client()
        let secret = readsSecret ? try Self.secret() : nil
        let draft = IntakeSourceDraft(
            kind: kind, name: name, project: project, secret: secret, labels: try meanings())
        let view = try ContractJSON.decode(
            IntakeSourceView.self, from: try await client.post("/v1/intake/sources", draft))
        Console.line("source   \(view.id) (\(view.kind.rawValue), \(view.name.clipped(to: 100)))")
        Console.line("address  \(client.base)\(view.path)")
        if !readsSecret, let secret = view.secret { Console.line("secret   \(secret)   (shown once)") }
    }

    private func meanings() throws -> [LabelMeaning] {
        try labels.map { text in
            guard let meaning = LabelMeaning(option: text) else {
                throw ValidationError(
                    "--label \(text.clipped(to: 80)) is not like bug=category:bug, p1=priority:high or xl=effort:13")
            }
            return meaning
        }
    }

    private static func secret() throws -> String {
        var bytes = try FileHandleInput.readAll(limit: 4_096)
        while let last = bytes.last, last == 10 || last == 13 || last == 32 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension IntakeKind: ExpressibleByArgument {}

extension LabelMeaning {
    /// `bug=category:bug`; nil for anything else. The label may have `=` and `:` in it.
    init?(option text: String) {
        guard let mark = text.lastIndex(of: "="), mark != text.startIndex else { return nil }
        let parts = text[text.index(after: mark)...].split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let field = TriageField(rawValue: String(parts[0])) else { return nil }
        let value = field == .effort ? Double(parts[1]).map { FieldValue.number($0) } : .text(String(parts[1]))
        guard let value, field.fault(in: value) == nil else { return nil }
        self.init(label: String(text[..<mark]), field: field, value: value)
    }
}

struct IntakeList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the sources.")

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let page = try await api.client().get("/v1/intake/sources", as: Page<IntakeSourceView>.self)
        guard !page.items.isEmpty else { return Console.line("no sources: triagectl intake add github --name …") }
        var table = TextTable("ID", "KIND", "NAME", "PROJECT", "LABELS", "LAST DELIVERY")
        for source in page.items {
            table.add(
                source.id.description, source.kind.rawValue, source.name.clipped(to: 30),
                source.project?.clipped(to: 30) ?? "the repository's", String(source.labels.count),
                source.lastDeliveryAt?.description ?? "never")
        }
        table.print()
    }
}

struct IntakeDeliveries: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Show what a source sent last, and what became of it.")

    @Argument(help: "The source's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let page = try await api.client().get(
            "/v1/intake/sources/\(percentEncoded(id))/deliveries", as: Page<IntakeDelivery>.self)
        var table = TextTable("RECEIVED", "EVENT", "OUTCOME", "TASK", "DELIVERY", "REASON")
        for delivery in page.items {
            table.add(
                delivery.receivedAt.description, delivery.event.clipped(to: 30), delivery.outcome.rawValue,
                delivery.taskID?.description ?? "-", delivery.deliveryID.clipped(to: 40),
                delivery.reason?.clipped(to: 80) ?? "")
        }
        table.print()
    }
}

struct IntakeRemove: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a source away; its tasks stay.")

    @Argument(help: "The source's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let body = try await api.client().delete("/v1/intake/sources/\(percentEncoded(id))")
        let source = try ContractJSON.decode(IntakeSourceView.self, from: body)
        Console.line("removed \(source.name.clipped(to: 100)); take its webhook away in \(source.kind.rawValue), too")
    }
}
