import Contracts
import Messaging

/// Two services, a broker and a database in one thread; each step is one random thing that may happen next.
///
/// task-api stores revisions of tasks with their events, ai-analyzer answers each with an analysis and its event,
/// task-api shows it. Everything is drawn from one seed, so a run can be replayed.
struct Simulation {
    let seed: UInt64
    let omission: Omission?
    let policy = RetryPolicy(delaysMilliseconds: [500, 5_000, 30_000])
    var random: SeededGenerator
    var broker = SimulatedBroker()
    var store = SimulatedStore()
    var api = SimulatedService(
        name: "task-api", queue: Topology.projection.name, destination: Topology.analyzerTasks.name)
    var analyzer = SimulatedService(
        name: "ai-analyzer", queue: Topology.analyzerTasks.name, destination: Topology.projection.name)
    /// Milliseconds.
    var now = 0
    var isFaulty = true
    /// The database can't be reached until then.
    var outageEnd = 0
    /// Revisions that a client was told are accepted.
    var accepted: Set<SimulatedStore.Key> = []
    /// Events that were acknowledged as done.
    var done: Set<Identifier> = []
    /// How often each fault came up; a run without faults proves nothing.
    var faults: [String: Int] = [:]
    var violations: [String] = []

    init(seed: UInt64, without omission: Omission? = nil) {
        self.seed = seed
        self.omission = omission
        random = SeededGenerator(seed: seed)
    }

    static let faultySteps = 200
    static let quietSteps = 20_000

    /// Runs with faults, then without until nothing is left to do, and checks what must hold.
    /// - Returns: what does not hold; empty when all is well.
    mutating func run() -> [String] {
        for _ in 0..<Self.faultySteps where violations.isEmpty { step() }
        isFaulty = false
        var steps = 0
        while violations.isEmpty, !isQuiet, steps < Self.quietSteps {
            step()
            steps += 1
        }
        if violations.isEmpty { checkTheEnd() }
        return violations
    }

    private var isQuiet: Bool {
        broker.isEmpty && store.outboxesAreEmpty
            && [api, analyzer].allSatisfy { $0.isUp && $0.relay.isIdle && $0.publications.isEmpty && $0.batch.isEmpty }
    }

    private mutating func step() {
        // Mostly things happen at once; now and then nothing does for a while. Without faults there is only waiting.
        now += Int.random(in: 1...(isFaulty && !random.chance(10) ? 100 : 5_000), using: &random)
        broker.releaseRooms(at: now)
        if isFaulty, random.chance(4) { create() }
        if isFaulty, random.chance(12) { fault() }
        for _ in 0..<4 {
            let path = random.chance(2) ? \Simulation.api : \Simulation.analyzer
            act(path)
            check(self[keyPath: path])
        }
    }

    // MARK: A client

    private mutating func create() {
        guard api.isUp, !isDatabaseAway else { return }
        let isEdit = !store.current.isEmpty && random.chance(3)
        let task = isEdit ? Int.random(in: 0..<store.current.count, using: &random) : store.current.count
        let key = SimulatedStore.Key(task: task, revision: (store.current[task] ?? 0) + 1)
        let kinds: [Content.Kind] = [
            .plain, .plain, .plain, .plain, .plain, .flaky(1), .flaky(3), .failing, .undecodable,
        ]
        let content = Content(task: task, revision: key.revision, kind: random.pick(kinds))
        if random.chance(15) { return kill(\.api, "died before the commit of a task") }
        store.current[task] = key.revision
        store.revisions[key] = content.kind
        let message = event(.taskCreated)
        if omission == .outboxInTransaction, random.chance(15) { return kill(\.api, "died before the outbox") }
        store.insert(message, of: content, into: api.name, at: now)
        if random.chance(15) { return kill(\.api, "died after the commit of a task") }
        accepted.insert(key)
        if api.isPublisherConnected { api.relay.offer([message]) }
    }

    mutating func event(_ type: EventType) -> OutboxMessage {
        OutboxMessage(
            eventID: Identifier(at: EventTime(microseconds: Int64(now) * 1_000), using: &random), type: type.rawValue,
            correlationID: "c", traceparent: nil, body: [])
    }

    // MARK: Faults

    private mutating func fault() {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: kill(\.api, "task-api died")
        case 1: kill(\.analyzer, "ai-analyzer died")
        case 2: cutPublisher(random.chance(2) ? \.api : \.analyzer)
        case 3: cutConsumer(random.chance(2) ? \.api : \.analyzer)
        case 4:
            note("database away")
            outageEnd = max(outageEnd, now + random.pick([500, 5_000, 90_000]))
        case 5:
            note("broker died")
            for path in [\Simulation.api, \Simulation.analyzer] {
                cutPublisher(path)
                cutConsumer(path)
            }
        default: return
        }
    }

    var isDatabaseAway: Bool { isFaulty && now < outageEnd }

    mutating func note(_ fault: String) { faults[fault, default: 0] += 1 }

    mutating func kill(_ path: WritableKeyPath<Simulation, SimulatedService>, _ fault: String) {
        note(fault)
        takeUnanswered(path)
        self[keyPath: path].die()
        broker.requeueAll(in: self[keyPath: path].queue)
    }

    private mutating func cutPublisher(_ path: WritableKeyPath<Simulation, SimulatedService>) {
        note("publisher cut")
        takeUnanswered(path)
        self[keyPath: path].losePublisher()
    }

    private mutating func cutConsumer(_ path: WritableKeyPath<Simulation, SimulatedService>) {
        note("consumer cut")
        self[keyPath: path].isConsumerConnected = false
        broker.requeueAll(in: self[keyPath: path].queue)
    }

    /// Of what a dying connection had sent, the broker takes some; nobody hears of it.
    private mutating func takeUnanswered(_ path: WritableKeyPath<Simulation, SimulatedService>) {
        let service = self[keyPath: path]
        for sent in service.sent where random.chance(2) {
            guard let wire = service.publications[sent.publication]?.wires[sent.position] else { continue }
            note("confirm lost")
            _ = accept(wire)
        }
    }

    mutating func accept(_ wire: Wire) -> SimulatedBroker.Answer {
        if store.contents[wire.eventID] == nil { violations.append("I1: an event without an outbox row is on the bus") }
        return broker.accept(wire, isMandatory: omission != .mandatoryFlag, &random, isFaulty: isFaulty)
    }
}
