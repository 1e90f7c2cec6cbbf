package import Contracts

/// Decides when what a remote model has written so far is told: pure, its clock is the `now` of each call.
///
/// A task's text goes out at most once in each interval, and not before the one before it is settled: a slow broker
/// gets fewer events, not more waiting ones. Each event holds the whole text up to a bound, so that a refused one
/// costs a moment and no text. What can't be kept within the bounds isn't told at all.
package struct ProgressCoalescer: Sendable {
    /// Bounds of time and memory.
    package struct Limits: Sendable, Equatable {
        /// The least time between two events of one task.
        package var interval: Duration
        /// Analyses followed at once.
        package var tasks: Int
        /// Events handed out and not yet settled, of all tasks.
        package var inFlight: Int
        /// Text kept and told of each analysis, in Unicode scalars.
        package var characters: Int

        package init(
            interval: Duration = .milliseconds(100), tasks: Int = 256, inFlight: Int = 64,
            characters: Int = AnalysisProgressed.textCharacters
        ) {
            self.interval = interval
            self.tasks = tasks
            self.inFlight = inFlight
            self.characters = min(characters, AnalysisProgressed.textCharacters)
        }
    }

    /// One analysis being written, unique in this process.
    package struct Run: Hashable, Sendable {
        package let task: Identifier
        package let number: UInt64
    }

    /// What is to be told now.
    package struct Emission: Equatable, Sendable {
        package let run: Run
        /// Counts the events of the run from 1.
        package let number: Int
        package let text: String
        package let characters: Int
    }

    private struct Entry {
        var run: Run
        var text = Tail()
        var characters = 0
        var number = 0
        var hasNews = false
        var isInFlight = false
    }

    package let limits: Limits
    private var entries: [Identifier: Entry] = [:]
    /// When each task was last told of; outlives its run, so that the next one keeps the interval too.
    private var lastTold: [Identifier: Duration] = [:]
    private var unsettled = 0
    private var lastRun: UInt64 = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Analyses followed now.
    package var count: Int { entries.count }

    /// Follows a new analysis of a task; one of the same task before it is told of no more.
    /// - Returns: nil when as many are followed as may be.
    package mutating func begin(_ task: Identifier, now: Duration) -> Run? {
        if lastTold.count > 2 * limits.tasks { forgetTold(now: now) }
        guard entries[task] != nil || entries.count < limits.tasks else { return nil }
        lastRun += 1
        let run = Run(task: task, number: lastRun)
        entries[task] = Entry(run: run)
        return run
    }

    /// Another attempt writes from the start.
    package mutating func restart(_ run: Run) {
        guard entries[run.task]?.run == run else { return }
        entries[run.task]?.text = Tail()
        entries[run.task]?.characters = 0
        entries[run.task]?.hasNews = false
    }

    /// Takes in what was written.
    /// - Returns: what is to be told at once, if the time has come.
    package mutating func append(_ text: String, to run: Run, now: Duration) -> Emission? {
        guard var entry = entries[run.task], entry.run == run, !text.isEmpty else { return nil }
        entry.characters += entry.text.append(text, limit: limits.characters)
        entry.hasNews = true
        entries[run.task] = entry
        return emission(of: run.task, now: now)
    }

    /// The analysis is there, or there will be none: nothing of it is told from now on.
    package mutating func finish(_ run: Run) {
        if entries[run.task]?.run == run { entries[run.task] = nil }
    }

    /// An emission was taken by the broker, or refused; either way the next may follow after the interval.
    package mutating func settle(_ emission: Emission) {
        unsettled -= 1
        let task = emission.run.task
        if entries[task]?.run == emission.run { entries[task]?.isInFlight = false }
    }

    /// Everything whose time has come.
    package mutating func due(now: Duration) -> [Emission] {
        forgetTold(now: now)
        return entries.keys.sorted().compactMap { emission(of: $0, now: now) }
    }

    /// When something will be due if nothing else happens; nil when nothing waits for time alone.
    package var nextDue: Duration? {
        guard unsettled < limits.inFlight else { return nil }
        return entries.values.lazy.filter { $0.hasNews && !$0.isInFlight }
            .map { lastTold[$0.run.task].map { $0 + limits.interval } ?? .zero }.min()
    }

    private mutating func forgetTold(now: Duration) {
        lastTold = lastTold.filter { task, told in entries[task] != nil || told + limits.interval > now }
    }

    private mutating func emission(of task: Identifier, now: Duration) -> Emission? {
        guard var entry = entries[task], entry.hasNews, !entry.isInFlight, unsettled < limits.inFlight else {
            return nil
        }
        if let told = lastTold[task], now - told < limits.interval { return nil }
        entry.number += 1
        entry.hasNews = false
        entry.isInFlight = true
        entries[task] = entry
        lastTold[task] = now
        unsettled += 1
        return Emission(
            run: entry.run, number: entry.number, text: entry.text.last(limits.characters),
            characters: entry.characters)
    }
}

/// The end of a growing text, in bounded memory.
private struct Tail {
    private var text = ""
    private var count = 0

    /// - Returns: how many Unicode scalars were added.
    mutating func append(_ more: String, limit: Int) -> Int {
        // JSON text in PostgreSQL and our events hold no U+0000.
        let clean = more.utf8.contains(0) ? more.replacing("\0", with: "\u{FFFD}") : more
        let added = clean.unicodeScalars.count
        text += clean
        count += added
        // Cut seldom, so that a long text costs no more than its length.
        if count > 2 * limit {
            text = last(limit)
            count = limit
        }
        return added
    }

    func last(_ limit: Int) -> String {
        count <= limit ? text : String(String.UnicodeScalarView(text.unicodeScalars.suffix(limit)))
    }
}
