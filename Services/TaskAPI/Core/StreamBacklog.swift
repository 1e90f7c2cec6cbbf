package import Contracts

/// What one reader of a stream has yet to get: bounded, and fair to what matters.
///
/// Durable events keep their order and are never left out: when one doesn't fit, the backlog is overrun and its stream
/// must end, so that the reader comes back and resumes. Of progress only the latest of each task is kept, it comes
/// after the durable events, and never after the event that ends its revision.
package struct StreamBacklog<Event: Sendable>: Sendable {
    /// What is to be written next.
    package enum Entry: Sendable {
        case event(Event)
        case progress(Event)
        case reset
        case keepAlive
    }

    /// How many of each there may be.
    package struct Limits: Sendable {
        package var events: Int
        package var progress: Int

        package init(events: Int = 256, progress: Int = 64) {
            self.events = events
            self.progress = progress
        }
    }

    /// Revisions whose end is remembered.
    private static var endings: Int { 512 }

    private let limits: Limits
    private var entries: [Entry] = []
    private var progress: [(task: Identifier, revision: Int, event: Event)] = []
    private var ended: [Identifier: Int] = [:]
    private var endedOrder: [Identifier] = []
    private var wantsKeepAlive = false
    /// A durable event did not fit: what is here may still be written, then the stream must end.
    package private(set) var isOverrun = false
    /// Progress left out so far.
    package private(set) var dropped = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// A durable event.
    package mutating func put(_ event: Event) { put(.event(event)) }

    /// The reader must load again.
    package mutating func putReset() { put(.reset) }

    /// Something to keep the connection open, unless there is something better.
    package mutating func putKeepAlive() { wantsKeepAlive = true }

    /// The latest progress of a task.
    package mutating func put(progress event: Event, of task: Identifier, revision: Int) {
        if let last = ended[task], revision <= last {
            dropped += 1
            return
        }
        if let index = progress.firstIndex(where: { $0.task == task }) {
            dropped += 1
            progress[index] = (task, revision, event)
        } else if progress.count < limits.progress, !isOverrun {
            progress.append((task, revision, event))
        } else {
            dropped += 1
        }
    }

    /// A task's revisions up to this one have their result, or were edited away: no progress of them from now on.
    package mutating func end(_ task: Identifier, through revision: Int) {
        if let last = ended[task] {
            ended[task] = max(last, revision)
        } else {
            ended[task] = revision
            endedOrder.append(task)
            if endedOrder.count > Self.endings { ended[endedOrder.removeFirst()] = nil }
        }
        let before = progress.count
        progress.removeAll { $0.task == task && $0.revision <= revision }
        dropped += before - progress.count
    }

    /// What is to be written next; nil when there is nothing.
    package mutating func take() -> Entry? {
        // First: with it is asked whether the reader may still be there, also on a stream that is never quiet.
        if wantsKeepAlive {
            wantsKeepAlive = false
            return .keepAlive
        }
        if !entries.isEmpty { return entries.removeFirst() }
        return progress.isEmpty ? nil : .progress(progress.removeFirst().event)
    }

    private mutating func put(_ entry: Entry) {
        guard entries.count < limits.events, !isOverrun else {
            isOverrun = true
            progress.removeAll()
            return
        }
        entries.append(entry)
    }
}
