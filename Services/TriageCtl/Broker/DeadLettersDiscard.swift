import ArgumentParser
import Contracts

struct DeadLettersDiscard: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Let dead letters go for good.",
        discussion: """
            By their message ids, or all that name a task, which an erasure can't reach by itself. What is discarded \
            can't be brought back.
            """)

    @Argument(help: "Message ids, as listed.")
    var ids: [String] = []

    @Option(help: "All that name this task.")
    var task: String?

    @Option(help: "Only of this queue; without it all are searched.")
    var queue: String?

    @OptionGroup var broker: BrokerOptions

    func validate() throws {
        _ = try DeadLetters.queues(named: queue)
        guard (task == nil) != ids.isEmpty else {
            throw ValidationError("give message ids, or --task with a task's id")
        }
        if let task, Identifier(task) == nil { throw ValidationError("'\(task)' is not a task's id (a UUID)") }
    }

    func perform() async throws {
        let queues = try DeadLetters.queues(named: queue)
        let task = task.flatMap { Identifier($0) }
        try await broker.withSession { session in
            var missing = Set(ids)
            var discarded = 0
            for queue in queues {
                let letters = DeadLetters(queue: queue, session: session)
                try await letters.visit { letter in
                    let isMeant = task.map { letter.names($0) } ?? missing.contains(letter.id)
                    guard isMeant else { return true }
                    try await letters.discard(letter)
                    missing.remove(letter.id)
                    discarded += 1
                    Console.line("\(letter.id)  discarded from \(queue.name)")
                    return true
                }
            }
            if task != nil { Console.line("\(discarded) discarded") }
            guard missing.isEmpty else {
                throw CommandFailure(.failed, "not found: \(missing.sorted().joined(separator: ", "))")
            }
        }
    }
}
