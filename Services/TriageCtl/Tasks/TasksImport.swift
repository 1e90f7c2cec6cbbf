import ArgumentParser
import Contracts
import FoundationEssentials

struct TasksImport: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Post tasks from a JSON Lines file.",
        discussion: """
            Each line is an object like the body of POST /v1/tasks: title, and if wanted body, project, labels, tier, \
            group; a member user posts it as that user. Fails when the API refuses a line, or, with --wait, when one isn't \
            analysed in time.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["jsonl"]))
    var file: String

    @Flag(help: "Wait until every task is analysed.")
    var wait = false

    @Option(help: "With --wait: seconds to wait after the last post.")
    var timeout = 120

    @Option(help: "The users' tier, for lines that name none.")
    var tier: String?

    @Option(help: "The users' experiment group, for lines that name none.")
    var group: String?

    @Option(help: "Tasks a request.")
    var batch = 100

    @OptionGroup var api: APIOptions

    func validate() throws {
        guard (1...1_000).contains(batch) else { throw ValidationError("--batch must be from 1 to 1000") }
        guard timeout > 0 else { throw ValidationError("--timeout must be at least 1") }
    }

    func perform() async throws {
        let lines = try ImportLine.read(file, tier: tier, group: group)
        let client = try api.client()
        let begin = ContinuousClock.now
        let tracker = ImportTracker(total: lines.count, isWaiting: wait)
        let batches = ImportBatch.make(of: lines, limit: batch, defaultUser: client.user)
        let users = Array(Set(batches.map(\.user))).sorted()
        try await withThrowingTaskGroup(of: Void.self) { group in
            if wait {
                // Listening begins before the first post; the sweep finds what the streams miss.
                for user in users.prefix(ImportWatch.streamLimit) {
                    group.addTask { await ImportWatch(client: client, user: user, tracker: tracker).listen() }
                }
                group.addTask { await ImportWatch.sweep(client: client, tracker: tracker) }
            }
            defer { group.cancelAll() }
            for batch in batches { try await batch.post(client, to: tracker) }
            tracker.endPosting()
            if wait { await tracker.waitUntilAnalysed(timeout: .seconds(timeout)) }
        }
        tracker.clearProgress()
        try report(tracker.counts, after: ContinuousClock.now - begin)
    }

    private func report(_ counts: ImportTracker.Counts, after duration: Duration) throws {
        let seconds = pointsText(Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
        var text = "\(counts.accepted) accepted, \(counts.rejected) rejected"
        if wait { text += "; \(counts.analysed) analysed, \(counts.failed) failed, \(counts.waiting) still waiting" }
        Console.line("\(text) (\(seconds) s)")
        guard counts.rejected == 0 else { throw CommandFailure(.failed, "\(counts.rejected) lines were rejected") }
        guard !wait || counts.analysed == counts.accepted else {
            throw CommandFailure(
                .failed,
                "\(counts.accepted - counts.analysed) tasks are not analysed; see triagectl doctor and "
                    + "triagectl tasks list --status \(counts.waiting > 0 ? "analysing" : "failed")")
        }
    }
}

/// One line of the file.
struct ImportLine: Sendable {
    var number: Int
    var draft: TaskDraft
    var user: String?

    private struct Extra: Decodable {
        var user: String?
    }

    /// Every line that isn't a task is named before anything is posted.
    /// - Parameters:
    ///   - tier: of lines without one.
    ///   - group: likewise.
    static func read(_ file: String, tier: String? = nil, group: String? = nil) throws -> [ImportLine] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw CommandFailure(.failed, "\(file) can't be read: \(error)")
        }
        var lines: [ImportLine] = []
        var faults: [String] = []
        for (index, bytes) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            do {
                var draft = try ContractJSON.decode(TaskDraft.self, from: bytes)
                let user = try ContractJSON.decode(Extra.self, from: bytes).user
                draft.tier = draft.tier ?? tier
                draft.group = draft.group ?? group
                for rule in draft.brokenRules() {
                    faults.append("line \(index + 1): \(rule.pointer.isEmpty ? "it" : rule.pointer) \(rule.detail)")
                }
                lines.append(ImportLine(number: index + 1, draft: draft, user: user))
            } catch {
                let rule = ContractJSON.brokenRule(from: error)
                faults.append("line \(index + 1): \(rule.pointer.isEmpty ? "it" : rule.pointer) \(rule.detail)")
            }
        }
        guard faults.isEmpty else {
            let more = faults.count > 20 ? "\n  and \(faults.count - 20) more" : ""
            throw CommandFailure(
                .failed, "\(file): nothing was posted:\n  " + faults.prefix(20).joined(separator: "\n  ") + more)
        }
        guard !lines.isEmpty else { throw CommandFailure(.failed, "\(file) has no tasks") }
        return lines
    }
}

/// Lines of one user that go out in one request.
struct ImportBatch: Sendable {
    /// A request that the API surely didn't take is repeated so often.
    private static let attempts = 6

    var user: String
    var lines: [ImportLine]

    static func make(of lines: [ImportLine], limit: Int, defaultUser: String) -> [ImportBatch] {
        var batches: [ImportBatch] = []
        var open: [String: Int] = [:]
        for line in lines {
            let user = line.user ?? defaultUser
            if let index = open[user], batches[index].lines.count < limit {
                batches[index].lines.append(line)
            } else {
                open[user] = batches.count
                batches.append(ImportBatch(user: user, lines: [line]))
            }
        }
        return batches
    }

    func post(_ client: APIClient, to tracker: ImportTracker) async throws {
        var client = client
        client.user = user
        let result = try await ContractJSON.decode(BatchResult.self, from: answer(client))
        for item in result.items {
            if let id = item.id {
                tracker.accept(id, of: user)
            } else {
                let line = lines.indices.contains(item.index) ? String(lines[item.index].number) : "?"
                let faults = item.problem?.errors.map { "\($0.pointer) \($0.detail)" } ?? []
                tracker.reject(
                    "line \(line): \(faults.isEmpty ? item.problem?.detail ?? "rejected" : faults.joined(separator: "; "))"
                )
            }
        }
    }

    private func answer(_ client: APIClient) async throws -> [UInt8] {
        var pause = Duration.milliseconds(250)
        for attempt in 1...Self.attempts {
            do {
                return try await client.post("/v1/tasks/batch", lines.map(\.draft))
            } catch let error as APIUnreachable where error.mayHaveArrived {
                throw CommandFailure(
                    .unavailable,
                    "\(error.message)\nlines \(lines[0].number) and following of user \(user) may be stored already: "
                        + "look with triagectl tasks list before you import them again")
            } catch let error as APIUnreachable where attempt == Self.attempts {
                throw error
            } catch let problem as Problem where !problem.retryable || attempt == Self.attempts {
                throw problem
            } catch is APIUnreachable {
            } catch is Problem {
            }
            try await Task.sleep(for: pause)
            pause *= 2
        }
        throw CommandFailure(.unavailable, "the API took no batch")
    }
}
