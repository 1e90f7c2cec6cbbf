import ArgumentParser
import Contracts

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters", abstract: "List, show, retry and discard messages that could not be handled.",
        discussion:
            "Looking takes the messages off their queue for a moment and puts them back; their order may change.",
        subcommands: [DeadLettersList.self, DeadLettersShow.self, DeadLettersRetry.self, DeadLettersDiscard.self],
        defaultSubcommand: DeadLettersList.self)
}

struct DeadLettersList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dead letters with the reason of each.")

    @Option(help: "Only of this queue, such as \(Topology.analyzerTasks.name).")
    var queue: String?

    @Option(help: "At most so many a queue.")
    var limit = 50

    @Flag(help: "Print a JSON object a line.")
    var json = false

    @OptionGroup var broker: BrokerOptions

    func validate() throws {
        _ = try DeadLetters.queues(named: queue)
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 10000") }
    }

    func perform() async throws {
        let queues = try DeadLetters.queues(named: queue)
        try await broker.withSession { session in
            var table = TextTable("QUEUE", "MESSAGE ID", "EVENT", "CODE", "SINCE", "REASON")
            var shown = 0
            for queue in queues {
                try await DeadLetters(queue: queue, session: session).visit(limit: limit) { letter in
                    shown += 1
                    if json {
                        Console.line(letter.json(withBody: false).text())
                    } else {
                        table.add(
                            queue.name, letter.id, letter.eventType, letter.code, letter.since,
                            letter.reason.clipped(to: 100))
                    }
                    return true
                }
            }
            if json { return }
            if shown == 0 { return Console.line("no dead letters") }
            table.print()
        }
    }
}

struct DeadLettersShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one dead letter: why, all headers, and the message itself.")

    @Argument(help: "The message id, as listed.")
    var id: String

    @Option(help: "Its queue; without it all are searched.")
    var queue: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var broker: BrokerOptions

    func validate() throws { _ = try DeadLetters.queues(named: queue) }

    func perform() async throws {
        let queues = try DeadLetters.queues(named: queue)
        try await broker.withSession { session in
            for queue in queues {
                var found: DeadLetter?
                try await DeadLetters(queue: queue, session: session).visit { letter in
                    if letter.id == id { found = letter }
                    return found == nil
                }
                guard let found else { continue }
                if json { return Console.line(found.json(withBody: true).text(isPretty: true)) }
                for line in found.lines() { Console.line(line) }
                return
            }
            throw CommandFailure(.failed, "no dead letter has the message id \(id)")
        }
    }
}

struct DeadLettersRetry: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Put dead letters back into the queue they came from.",
        discussion: """
            The message is published to its queue and confirmed before the dead letter goes; its attempts count anew. \
            An effect that had happened already is not repeated: events are handled once by their id.
            """)

    @Argument(help: "Message ids, as listed.")
    var ids: [String] = []

    @Flag(help: "All of the queue (needs --queue).")
    var all = false

    @Option(help: "The queue; without it all are searched for the ids.")
    var queue: String?

    @OptionGroup var broker: BrokerOptions

    func validate() throws {
        _ = try DeadLetters.queues(named: queue)
        guard all != !ids.isEmpty else { throw ValidationError("give message ids, or --all with --queue") }
        guard !all || queue != nil else { throw ValidationError("--all needs --queue") }
    }

    func perform() async throws {
        let queues = try DeadLetters.queues(named: queue)
        try await broker.withSession { session in
            var missing = Set(ids)
            var retried = 0
            for queue in queues {
                if !all && missing.isEmpty { break }
                let letters = DeadLetters(queue: queue, session: session)
                // Only what lies there now: a letter that fails again at once isn't picked up a second time.
                try await letters.visit { letter in
                    guard all || missing.contains(letter.id) else { return true }
                    try await letters.retry(letter)
                    missing.remove(letter.id)
                    retried += 1
                    Console.line("\(letter.id)  back to \(queue.name)")
                    return all || !missing.isEmpty
                }
            }
            if all { Console.line("\(retried) put back") }
            guard missing.isEmpty else {
                throw CommandFailure(.failed, "not found: \(missing.sorted().joined(separator: ", "))")
            }
        }
    }
}
