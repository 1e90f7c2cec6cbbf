import ArgumentParser
import Contracts
import CurlHTTP

struct TasksWatch: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show events as they happen, one line each, until interrupted.",
        discussion: "Of one task (its whole story first), or of all the user's tasks. Reconnects by itself.")

    @Argument(help: "The task's id; without it all the user's tasks.")
    var id: String?

    @Flag(help: "End with the first analysis (0), or its failure (1).")
    var untilAnalysed = false

    @Flag(help: "Print each event's JSON on a line.")
    var json = false

    @OptionGroup var api: APIOptions

    func validate() throws {
        if let id, Identifier(id) == nil { throw ValidationError("'\(id)' is not a task's id (a UUID)") }
    }

    func perform() async throws {
        let path = id.map { "/v1/tasks/\($0)/events" } ?? "/v1/events"
        let watcher = TaskWatcher(client: try api.client(), path: path, isJSON: json)
        try await watcher.run(until: { untilAnalysed && $0.isAnalysisResult })
    }
}

/// One event of an SSE stream of tasks.
struct TaskEvent: Decodable, Sendable {
    var eventID: String
    var type: String
    /// Nil for an event that concerns everybody, such as another serving model.
    var taskID: Identifier?
    var revision: Int?
    var time: EventTime
    var correlationID: String
    var analysis: Analysis?
    var summary: JSONValue?

    enum CodingKeys: String, CodingKey {
        case type, revision, time, analysis, summary
        case eventID = "event_id"
        case taskID = "task_id"
        case correlationID = "correlation_id"
    }

    /// What a model is just writing, told again and again until it has finished.
    var isProgress: Bool { type == EventType.analysisProgressed.rawValue }
    var isAnalysisResult: Bool { isCompleted || isFailed }
    var isCompleted: Bool { type == EventType.analysisCompleted.rawValue }
    var isFailed: Bool { type == EventType.analysisFailed.rawValue }

    var line: String {
        let clock = String(time.description.dropFirst(11).prefix(12))
        let what = analysis?.summary ?? summary.map(words) ?? ""
        let subject = taskID.map { "\($0)  r\(revision ?? 1)  " } ?? ""
        return "\(clock)  \(type.padded(to: 21))  \(subject)\(what)"
    }

    private func words(_ summary: JSONValue) -> String {
        guard case .object(let members) = summary else { return "" }
        return members.sorted { $0.key < $1.key }.map { key, value in
            "\(key.clipped(to: 30)): \((value.stringValue ?? value.text()).clipped(to: 80))"
        }.joined(separator: " · ")
    }
}

/// Follows a stream of task events over disconnects.
struct TaskWatcher {
    let client: APIClient
    let path: String
    let isJSON: Bool

    /// Prints events until one of them ends it; a failed analysis ends it as a failure.
    func run(until isLast: (TaskEvent) -> Bool) async throws {
        var lastID: String?
        // After a crash the broker may deliver an event once more; the latest ids are enough to know it by.
        var shown: [String] = []
        // An address that never worked is an error, one that did is waited for.
        var wasConnected = false
        var pause = Duration.milliseconds(500)
        while true {
            do {
                let events = try await client.events(path, after: lastID)
                wasConnected = true
                for try await event in events {
                    pause = .milliseconds(500)
                    if !event.id.isEmpty { lastID = event.id }
                    if event.event == "reset" {
                        Console.error("some events were missed; triagectl tasks list shows how things stand")
                        continue
                    }
                    let decoded = try ContractJSON.decode(TaskEvent.self, from: event.data.utf8)
                    if shown.contains(decoded.eventID) || (decoded.isProgress && !isJSON) { continue }
                    shown = shown.suffix(255) + [decoded.eventID]
                    Console.line(isJSON ? event.data : decoded.line)
                    guard isLast(decoded) else { continue }
                    if decoded.isFailed { throw CommandFailure(.failed, "the analysis failed") }
                    return
                }
                Console.error("the stream ended; connecting again")
            } catch let error as HTTPClientError where error.isRetriable && wasConnected {
                Console.error("\(error.reason); connecting again")
            } catch let error as APIUnreachable where wasConnected {
                Console.error("\(error.message); trying again")
            } catch let problem as Problem where problem.retryable && wasConnected {
                Console.error("\(problem.detail); trying again")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(10))
        }
    }
}
