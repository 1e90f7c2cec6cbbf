import Contracts
import TaskAPICore
import Testing

/// What one reader of a stream gets, and in which order.
@Suite struct StreamBacklogTests {
    private let task = Identifier()

    private func drain(_ backlog: inout StreamBacklog<String>) -> [String] {
        var words: [String] = []
        while let entry = backlog.take() {
            switch entry {
            case .event(let event): words.append(event)
            case .progress(let event): words.append("~" + event)
            case .reset: words.append("reset")
            case .keepAlive: words.append("keep-alive")
            }
        }
        return words
    }

    private func expect(
        _ backlog: inout StreamBacklog<String>, _ words: [String], at location: SourceLocation = #_sourceLocation
    ) {
        let drained = drain(&backlog)
        #expect(drained == words, sourceLocation: location)
    }

    @Test func `a slow reader gets every durable event in order, and the latest progress of each task after them`() {
        var backlog = StreamBacklog<String>()
        let other = Identifier()
        backlog.put(progress: "a", of: task, revision: 1)
        backlog.put("created")
        backlog.put(progress: "x", of: other, revision: 1)
        backlog.put(progress: "ab", of: task, revision: 1)
        backlog.putKeepAlive()
        backlog.putReset()
        // The keep-alive goes first: a stream that is never quiet has them, too.
        expect(&backlog, ["keep-alive", "created", "reset", "~ab", "~x"])
        #expect(backlog.dropped == 1)
        backlog.putKeepAlive()
        backlog.putKeepAlive()
        expect(&backlog, ["keep-alive"])
    }

    @Test func `no progress comes after the event that ends its revision`() {
        var backlog = StreamBacklog<String>()
        backlog.put(progress: "waits", of: task, revision: 1)
        backlog.end(task, through: 1)
        backlog.put("completed")
        backlog.put(progress: "late", of: task, revision: 1)
        expect(&backlog, ["completed"])
        backlog.put(progress: "next revision", of: task, revision: 2)
        expect(&backlog, ["~next revision"])
        #expect(backlog.dropped == 2)
    }

    @Test func `a durable event that does not fit ends the stream after what fits`() {
        var backlog = StreamBacklog<String>(limits: .init(events: 2, progress: 2))
        for number in 1...3 {
            #expect(!backlog.isOverrun)
            backlog.put("\(number)")
        }
        #expect(backlog.isOverrun)
        backlog.put("4")
        backlog.put(progress: "p", of: task, revision: 1)
        // What came after the lost one must not be told: the reader resumes behind 2.
        expect(&backlog, ["1", "2"])
        backlog.put("5")
        expect(&backlog, [])
    }

    @Test func `progress is bounded, also that of many tasks, and so is what is remembered of ended ones`() {
        var backlog = StreamBacklog<String>(limits: .init(events: 2, progress: 3))
        for number in 0..<10 { backlog.put(progress: "\(number)", of: Identifier(), revision: 1) }
        expect(&backlog, ["~0", "~1", "~2"])
        #expect(backlog.dropped == 7)
        for _ in 0..<10_000 { backlog.end(Identifier(), through: 1) }
        backlog.end(task, through: 1)
        backlog.put(progress: "late", of: task, revision: 1)
        expect(&backlog, [])
    }
}
