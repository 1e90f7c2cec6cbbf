import ArgumentParser
import Contracts

struct TasksFeedback: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback", abstract: "Accept or correct what was suggested for a task.",
        discussion: """
            Each field is named alone to accept its suggestion, or with a value to correct it, such as: \
            triagectl tasks feedback ID category=bug priority effort=5
            """)

    @Argument(help: "The task's id.")
    var id: String

    @Argument(help: "Fields: category, priority, effort; with =value to correct.")
    var fields: [JudgedArgument]

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard Identifier(id) != nil else { throw ValidationError("'\(id)' is not a task's id (a UUID)") }
    }

    func perform() async throws {
        let draft = FeedbackDraft(fields: fields.map(\.field))
        let answer = try await api.client().post("/v1/tasks/\(id)/feedback", draft)
        if json { return Console.bytes(answer) }
        let task = try ContractJSON.decode(FeedbackResult.self, from: answer).task
        for line in task.lines() { Console.line(line) }
    }
}

/// `category`, or `category=bug`.
struct JudgedArgument: ExpressibleByArgument {
    let field: FeedbackDraft.Field

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let field = TriageField(rawValue: parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.field = FeedbackDraft.Field(field: field, verdict: .accepted)
            return
        }
        guard field == .effort else {
            self.field = FeedbackDraft.Field(field: field, verdict: .corrected, value: .text(parts[1]))
            return
        }
        guard let points = Double(parts[1]) else { return nil }
        self.field = FeedbackDraft.Field(field: field, verdict: .corrected, value: .number(points))
    }
}
