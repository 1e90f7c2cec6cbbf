import ArgumentParser
import Contracts
import FoundationEssentials

struct TasksImport: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Post tasks from a file: JSON Lines, CSV, or an export of GitHub's issues.",
        discussion: """
            JSON Lines (.jsonl): each line is an object like the body of POST /v1/tasks: title, and if wanted body, \
            project, labels, tier, group, reference; a member user posts it as that user.
            CSV (.csv): a head line with the columns title, and if there are such body, project, labels, tier, group, user, \
            reference_system, reference_id, reference_url; --column title=Summary for another name.
            GitHub (.json): what gh issue list --state all --limit 10000 --json number,title,body,labels,author,url gives, \
            or the REST API's list of issues.

            Without --rejects nothing is posted when a line of the file can't be a task. With it the others are posted, \
            and what is left is in that file, with the reasons, to be mended and imported. Fails when the API refuses a \
            line, or, with --wait, when one isn't analysed in time.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["jsonl", "csv", "json"]))
    var file: String

    @Option(help: "jsonl, csv or github (default: by the file's name).")
    var format: ImportFormat?

    @Option(name: .customLong("column"), help: "CSV: FIELD=NAME, for a column of another name.")
    var columns: [String] = []

    @Option(help: "Post what can be posted, and write the rest to this file.")
    var rejects: String?

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
        _ = try renamed()
    }

    func perform() async throws {
        let rejected = ImportRejects()
        let lines = try lines(rejected)
        let client = try api.client()
        let begin = ContinuousClock.now
        let tracker = ImportTracker(total: lines.count, isWaiting: wait)
        let batches = ImportBatch.make(of: lines, limit: batch, defaultUser: try await client.ownUser())
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
            for batch in batches { try await batch.post(client, to: tracker, rejected) }
            tracker.endPosting()
            if wait { await tracker.waitUntilAnalysed(timeout: .seconds(timeout)) }
        }
        tracker.clearProgress()
        if let rejects, rejected.count > 0 { try rejected.write(to: rejects) }
        try report(tracker.counts, rejected: rejected.count, after: ContinuousClock.now - begin)
    }

    /// The names of columns, by ours.
    private func renamed() throws -> [String: String] {
        var names: [String: String] = [:]
        for text in columns {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, CSVColumns.names.contains(parts[0]) else {
                throw ValidationError(
                    "--column \(text.clipped(to: 60)) is not like title=Summary; there are "
                        + CSVColumns.names.joined(separator: ", "))
            }
            names[parts[0]] = parts[1]
        }
        return names
    }

    /// What can be posted; the rest is rejected, or, where nobody asked for that, ends the import.
    private func lines(_ rejected: ImportRejects) throws -> [ImportLine] {
        let records = try ImportFile(
            path: file, format: format ?? ImportFormat(file: file), columns: try renamed(), tier: tier, group: group
        ).records()
        let faulty = records.filter { !$0.faults.isEmpty }
        if rejects == nil, !faulty.isEmpty {
            let faults = faulty.flatMap { record in record.faults.map { "line \(record.number): \($0)" } }
            let more = faults.count > 20 ? "\n  and \(faults.count - 20) more" : ""
            throw CommandFailure(
                .failed,
                "\(file): nothing was posted:\n  " + faults.prefix(20).joined(separator: "\n  ") + more
                    + "\nwith --rejects FILE the others are posted and these written there")
        }
        for record in faulty {
            rejected.add(record.number, record.faults, draft: record.draft, user: record.user, input: record.text)
        }
        return records.compactMap { record in
            guard record.faults.isEmpty, let draft = record.draft else { return nil }
            return ImportLine(number: record.number, draft: draft, user: record.user)
        }
    }

    private func report(_ counts: ImportTracker.Counts, rejected: Int, after duration: Duration) throws {
        let seconds = pointsText(Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
        var text = "\(counts.accepted) accepted, \(rejected) rejected"
        if wait { text += "; \(counts.analysed) analysed, \(counts.failed) failed, \(counts.waiting) still waiting" }
        Console.line("\(text) (\(seconds) s)")
        guard rejected == 0 else {
            let place = rejects.map { "; they are in \($0) with the reasons" } ?? ""
            throw CommandFailure(.failed, "\(rejected) lines were rejected\(place)")
        }
        guard !wait || counts.analysed == counts.accepted else {
            throw CommandFailure(
                .failed,
                "\(counts.accepted - counts.analysed) tasks are not analysed; see triagectl doctor and "
                    + "triagectl tasks list --status \(counts.waiting > 0 ? "analysing" : "failed")")
        }
    }
}

/// One task of the file.
struct ImportLine: Sendable {
    var number: Int
    var draft: TaskDraft
    var user: String?
}

/// Lines of one user that go out in one request.
struct ImportBatch: Sendable {
    /// A request without an answer, or that may succeed later, is repeated so often.
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

    func post(_ client: APIClient, to tracker: ImportTracker, _ rejected: ImportRejects) async throws {
        var client = client
        client.user = user
        let result = try await ContractJSON.decode(BatchResult.self, from: answer(client))
        for item in result.items {
            if let id = item.id {
                tracker.accept(id, of: user)
            } else {
                let line = lines.indices.contains(item.index) ? lines[item.index] : nil
                let faults = item.problem?.errors.map { "\($0.pointer) \($0.detail)" } ?? []
                let reasons = faults.isEmpty ? [item.problem?.detail ?? "rejected"] : faults
                rejected.add(line?.number ?? 0, reasons, draft: line?.draft, user: line?.user, input: "")
                tracker.reject(
                    "line \(line.map { String($0.number) } ?? "?"): \(reasons.joined(separator: "; "))")
            }
        }
    }

    private func answer(_ client: APIClient) async throws -> [UInt8] {
        // Whatever becomes of an answer: sent again under its key, the batch is stored once.
        let key = Identifier().description
        var pause = Duration.milliseconds(250)
        for attempt in 1...Self.attempts {
            do {
                return try await client.post("/v1/tasks/batch", lines.map(\.draft), key: key)
            } catch let error as APIUnreachable where attempt == Self.attempts {
                guard error.mayHaveArrived else { throw error }
                throw CommandFailure(
                    .unavailable,
                    "\(error.message)\nlines \(lines[0].number) and following of user \(user) may be stored already: "
                        + "look with triagectl tasks list before you import them again")
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
