import Contracts
import Messaging

/// What must hold, by the numbers of the chaos plan.
extension Simulation {
    /// After each step: bounds (I8).
    mutating func check(_ service: SimulatedService) {
        if service.relay.backlog > service.relay.capacity { violations.append("I8: the relay holds more than it may") }
        for delivery in service.batch where delivery.wire.attempt > policy.delaysMilliseconds.count {
            violations.append("I8: a message is tried more often than it may")
        }
    }

    /// Once nothing is left to do.
    mutating func checkTheEnd() {
        checkAccepted()
        checkAnalyses()
        checkConfirmed()
        checkDeadLetters()
    }

    private mutating func checkAccepted() {
        for key in accepted where store.revisions[key] == nil {
            violations.append("I1: \(key) was accepted and is not stored")
        }
        if !store.outboxesAreEmpty { violations.append("I3: outbox rows are left") }
        if !broker.isEmpty { violations.append("I3: messages are left in queues") }
    }

    private mutating func checkAnalyses() {
        for (key, kind) in store.revisions.sorted(by: {
            ($0.key.task, $0.key.revision) < ($1.key.task, $1.key.revision)
        }) {
            let isHopeless = kind == .failing || kind == .undecodable
            let analyses = store.analyses[key] ?? 0
            if analyses != (isHopeless ? 0 : 1) { violations.append("I2: \(key) of \(kind) has \(analyses) analyses") }
            let entries = store.timeline[key] ?? 0
            if entries != (isHopeless ? 0 : 1) { violations.append("I2: \(key) of \(kind) has \(entries) entries") }
            if !isHopeless, store.current[key.task] == key.revision, store.shown[key.task] != key.revision {
                violations.append("I2: the analysis of \(key) is not shown")
            }
        }
    }

    private mutating func checkConfirmed() {
        let dead = Set(broker.dead.map(\.eventID))
        let lost = broker.confirmed.subtracting(done).subtracting(dead)
        if !lost.isEmpty { violations.append("I3: \(lost.count) confirmed events were neither consumed nor buried") }
    }

    private mutating func checkDeadLetters() {
        let dead = Set(broker.dead.map(\.content))
        for wire in broker.dead {
            let expected: ErrorCode? =
                switch wire.content.kind {
                case .failing: .attemptsExhausted
                case .undecodable: .undecodableEvent
                default: nil
                }
            if wire.deadLetterCode != expected {
                violations.append("I2: \(wire.content) is dead for no fault of its own")
            }
        }
        for (key, kind) in store.revisions where kind == .failing || kind == .undecodable {
            let content = Content(task: key.task, revision: key.revision, kind: kind)
            if !dead.contains(content) { violations.append("I2: \(content) has no dead letter") }
        }
    }
}
