package import Contracts

/// What the others hear of a task whose event is dead: there will be no analysis of this revision.
package enum FailureNotice {
    private static let reasonCharacters = 1_000

    /// The event to send, as far as the dead message says which task it was about; `nil` when it doesn't.
    ///
    /// Reads what it needs and no more: a message may well be dead because the rest of it breaks a rule.
    package static func event(
        ofMessage body: [UInt8], code: ErrorCode, reason: String
    ) -> CloudEvent<AnalysisFailed>? {
        // What is no JSON names no task.
        guard let message = try? ContractJSON.decode(JSONValue.self, from: body), let task = message["data"]?["task"],
            let taskID = task["task_id"]?.stringValue.flatMap({ Identifier($0) }),
            let tenant = task["tenant"]?.stringValue, let author = task["author"]?.stringValue,
            case .number(let number)? = task["revision"], let revision = Int(exactly: number)
        else { return nil }
        let event = CloudEvent(
            source: .aiAnalyzer, subject: taskID.description, story: story(of: message), sequence: revision,
            data: AnalysisFailed(
                taskID: taskID, tenant: tenant, author: author, revision: revision, code: code,
                reason: reason.isEmpty ? code.title : String(reason.prefix(reasonCharacters))))
        return event.brokenRules().isEmpty ? event : nil
    }

    private static func story(of message: JSONValue) -> Story {
        Story(
            correlationID: message["correlationid"]?.stringValue ?? Identifier().description,
            causationID: message["id"]?.stringValue,
            trace: message["traceparent"]?.stringValue.flatMap { TraceContext(traceparent: $0) } ?? TraceContext())
    }
}
