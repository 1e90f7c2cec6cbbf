import Contracts
import CurlHTTP
import Synchronization

/// Which posted tasks are analysed; says so on the terminal.
final class ImportTracker: Sendable {
    struct Counts: Sendable {
        var accepted = 0
        var rejected = 0
        var analysed = 0
        var failed = 0
        var waiting = 0
    }

    private struct State {
        var rejected = 0
        var users: [Identifier: String] = [:]
        var waiting: Set<Identifier> = []
        /// Results that came before the answer to their post.
        var early: [Identifier: Bool] = [:]
        var analysed = 0
        var failed = 0
        var isPosted = false
        var shownTenth = -1

        mutating func settle(_ id: Identifier, isAnalysed: Bool) {
            waiting.remove(id)
            if isAnalysed { analysed += 1 } else { failed += 1 }
        }
    }

    private let state = Mutex(State())
    private let total: Int
    private let isWaiting: Bool
    private let done: AsyncStream<Void>
    private let doneContinuation: AsyncStream<Void>.Continuation

    init(total: Int, isWaiting: Bool) {
        self.total = total
        self.isWaiting = isWaiting
        (done, doneContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var counts: Counts {
        state.withLock {
            Counts(
                accepted: $0.users.count, rejected: $0.rejected, analysed: $0.analysed, failed: $0.failed,
                waiting: $0.waiting.count)
        }
    }

    /// Tasks without a result, with the user who may ask for them.
    var pending: [(id: Identifier, user: String)] {
        state.withLock { state in state.waiting.map { ($0, state.users[$0] ?? "") } }
    }

    func accept(_ id: Identifier, of user: String) {
        update { state in
            guard state.users.updateValue(user, forKey: id) == nil else { return }
            state.waiting.insert(id)
            if let isAnalysed = state.early.removeValue(forKey: id) { state.settle(id, isAnalysed: isAnalysed) }
        }
    }

    func reject(_ fault: String) {
        clearProgress()
        Console.error(fault)
        update { $0.rejected += 1 }
    }

    func endPosting() { update { $0.isPosted = true } }

    func settle(_ id: Identifier, isAnalysed: Bool) {
        update { state in
            if state.waiting.contains(id) {
                state.settle(id, isAnalysed: isAnalysed)
            } else if state.users[id] == nil && !state.isPosted {
                state.early[id] = isAnalysed
            }
        }
    }

    /// Returns at the time-out too: the counts then say what is missing.
    func waitUntilAnalysed(timeout: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [done] in for await _ in done {} }
            // Cancelled when the other one was first.
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            group.cancelAll()
        }
    }

    func clearProgress() {
        if Console.isErrorTerminal { Console.progress("") }
    }

    private func update(_ change: (inout State) -> Void) {
        let (line, isDone) = state.withLock { state in
            change(&state)
            return (progress(&state), state.isPosted && state.waiting.isEmpty)
        }
        if let line {
            if Console.isErrorTerminal { Console.progress(line) } else { Console.error(line) }
        }
        if isDone { doneContinuation.finish() }
    }

    /// A bar on a terminal; else a line for each tenth of the way.
    private func progress(_ state: inout State) -> String? {
        let posted = state.users.count + state.rejected
        let settled = state.analysed + state.failed + state.rejected
        let share = Double(isWaiting ? posted + settled : 2 * posted) / Double(2 * total)
        let text = "\(posted)/\(total) posted" + (isWaiting ? ", \(state.analysed) analysed" : "")
        if Console.isErrorTerminal {
            let filled = min(24, Int(share * 24))
            return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "] "
                + text
        }
        let tenth = Int(share * 10)
        guard tenth > state.shownTenth else { return nil }
        state.shownTenth = tenth
        return text
    }
}

/// Finds out about analyses: by a user's event stream, and by asking for each task now and then.
struct ImportWatch: Sendable {
    static let streamLimit = 12
    private static let longestSweepPause = Duration.seconds(5)
    private static let sweepWidth = 8

    var client: APIClient
    let user: String
    let tracker: ImportTracker

    /// Until cancelled. A stream that ends isn't opened again: the sweep goes on.
    func listen() async {
        var client = client
        client.user = user
        do {
            for try await event in try await client.events("/v1/events", after: nil) {
                if event.event == "reset" { continue }
                let decoded = try ContractJSON.decode(TaskEvent.self, from: event.data.utf8)
                guard decoded.isAnalysisResult, let id = decoded.taskID else { continue }
                tracker.settle(id, isAnalysed: decoded.isCompleted)
            }
        } catch {
            if !Task.isCancelled {
                Console.error("the events of \(user) stopped (\(error)); asking now and then instead")
            }
        }
    }

    /// Until cancelled.
    static func sweep(client: APIClient, tracker: ImportTracker) async {
        var pause = Duration.milliseconds(500)
        while !Task.isCancelled {
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, longestSweepPause)
            let pending = tracker.pending
            for start in stride(from: 0, to: pending.count, by: sweepWidth) where !Task.isCancelled {
                await withTaskGroup(of: Void.self) { group in
                    for (id, user) in pending[start..<min(start + sweepWidth, pending.count)] {
                        group.addTask {
                            var client = client
                            client.user = user
                            // The next sweep asks again; the time-out ends a lasting failure.
                            let task = try? await client.get("/v1/tasks/\(id)", as: TaskView.self)
                            if let task, task.status != .analysing {
                                tracker.settle(id, isAnalysed: task.status == .analysed)
                            }
                        }
                    }
                }
            }
        }
    }
}
