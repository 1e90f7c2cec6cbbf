import Contracts
import Messaging

/// What a service does next: one thing of those it could.
extension Simulation {
    typealias ServicePath = WritableKeyPath<Simulation, SimulatedService>

    mutating func act(_ path: ServicePath) {
        guard self[keyPath: path].isUp else {
            if !isFaulty || random.chance(5) { self[keyPath: path].isUp = true }
            return
        }
        switch Int.random(in: 0..<11, using: &random) {
        case 0: connect(path)
        case 1: publish(path)
        case 2, 3: takeIn(path)
        case 4: hear(path)
        case 5: finish(path)
        case 6: deleteConfirmed(path)
        case 7, 8, 9: if self[keyPath: path].batch.isEmpty { consume(path) } else { handle(path) }
        default: if random.chance(4) { sweep(path) } else { hear(path) }
        }
    }

    private mutating func connect(_ path: ServicePath) {
        self[keyPath: path].isPublisherConnected = true
        guard !self[keyPath: path].isConsumerConnected else { return }
        self[keyPath: path].isConsumerConnected = true
        // Until its first consumer comes, a queue is not there.
        broker.queues[self[keyPath: path].queue, default: .init()].exists = true
    }

    // MARK: The relay

    private mutating func publish(_ path: ServicePath) {
        guard !self[keyPath: path].isRelayPublishing else { return }
        let batch = self[keyPath: path].relay.nextBatch(limit: Int.random(in: 1...6, using: &random))
        guard !batch.isEmpty else { return }
        if omission == .confirmWait { self[keyPath: path].relay.published(batch) { _ in true } }
        let queue = self[keyPath: path].destination
        let wires = batch.compactMap { message in
            store.contents[message.eventID].map { Wire(eventID: message.eventID, content: $0, queue: queue) }
        }
        self[keyPath: path].publish(wires, for: .relay(batch))
    }

    /// The broker takes one of the messages sent, in any order, and answers.
    private mutating func takeIn(_ path: ServicePath) {
        guard !self[keyPath: path].sent.isEmpty else { return }
        let index = Int.random(in: 0..<self[keyPath: path].sent.count, using: &random)
        let sent = self[keyPath: path].sent.remove(at: isFaulty ? index : 0)
        guard let wire = self[keyPath: path].publications[sent.publication]?.wires[sent.position] else { return }
        let answer = accept(wire)
        if answer == .refuse { note("refused") }
        self[keyPath: path].replies.append(
            .init(publication: sent.publication, position: sent.position, isConfirm: answer == .confirm))
    }

    /// One of the broker's answers arrives.
    private mutating func hear(_ path: ServicePath) {
        guard !self[keyPath: path].replies.isEmpty else { return }
        let index = Int.random(in: 0..<self[keyPath: path].replies.count, using: &random)
        let reply = self[keyPath: path].replies.remove(at: index)
        self[keyPath: path].publications[reply.publication]?.answers[reply.position] = reply.isConfirm
    }

    /// A publication whose answers are complete goes back to whoever made it.
    private mutating func finish(_ path: ServicePath) {
        let answered = self[keyPath: path].publications.filter(\.value.isAnswered).min { $0.key < $1.key }
        guard let (id, publication) = answered else { return }
        self[keyPath: path].publications[id] = nil
        switch publication.purpose {
        case .relay(let batch):
            guard omission != .confirmWait else { return }
            self[keyPath: path].relay.published(batch) { publication.answers[$0] == true }
            if !self[keyPath: path].isPublisherConnected { self[keyPath: path].relay.abandonWaiting() }
        case .copies(let tags):
            for (tag, answer) in zip(tags, publication.answers) {
                if answer == true {
                    acknowledge(tag, path, isDone: false)
                } else if omission != .copyConfirm {
                    broker.requeue(tag, in: self[keyPath: path].queue)
                }
            }
        }
    }

    private mutating func deleteConfirmed(_ path: ServicePath) {
        let ids = self[keyPath: path].relay.takeConfirmed(limit: Int.random(in: 1...10, using: &random))
        guard !ids.isEmpty else { return }
        let name = self[keyPath: path].name
        // A lost connection leaves open whether the rows are gone.
        let isLost = isFaulty && random.chance(10)
        if isLost || isDatabaseAway { note("deletion failed") }
        if !isDatabaseAway, !isLost || random.chance(2) { store.delete(ids, from: name) }
        self[keyPath: path].relay.released(ids)
    }

    private mutating func sweep(_ path: ServicePath) {
        guard self[keyPath: path].isPublisherConnected, omission != .sweeper, !isDatabaseAway else { return }
        let rows = store.overdue(in: self[keyPath: path].name, before: now - 2_000)
        if self[keyPath: path].relay.offer(rows) > 0 { note("swept") }
    }

    // MARK: The consumer

    private mutating func consume(_ path: ServicePath) {
        guard self[keyPath: path].isConsumerConnected, !self[keyPath: path].isSettling else { return }
        let limit = Int.random(in: 1...5, using: &random)
        self[keyPath: path].batch = broker.deliver(from: self[keyPath: path].queue, limit: limit)
        if omission == .commitBeforeAcknowledgement {
            for delivery in self[keyPath: path].batch { acknowledge(delivery.tag, path, isDone: true) }
        }
    }

    private mutating func handle(_ path: ServicePath) {
        let batch = self[keyPath: path].batch
        if isFaulty, random.chance(12) { return kill(path, "died before the commit of an effect") }
        let outcomes: [Outcome]
        if isDatabaseAway {
            note("batch waits")
            // The same batch again at a later step.
            if omission != .pauseOnOutage, BatchFailure.decide(isInfrastructure: true, count: batch.count) == .pause {
                return
            }
            outcomes = batch.map { _ in .retry(reason: "database away") }
        } else {
            outcomes = outcomesOf(batch, path)
        }
        if isFaulty, random.chance(12) { return kill(path, "died before the acknowledgement") }
        self[keyPath: path].batch = []
        settle(batch, outcomes, path)
    }

    /// One transaction for the batch; if it fails, as `EventConsumer` goes on.
    private mutating func outcomesOf(_ batch: [SimulatedDelivery], _ path: ServicePath) -> [Outcome] {
        let isBad = batch.contains { delivery in
            switch delivery.wire.content.kind {
            case .failing: path == \.analyzer
            case .flaky(let times): path == \.analyzer && delivery.wire.attempt < times
            default: false
            }
        }
        guard isBad else { return batch.map { effect(of: $0.wire, path) } }
        let decision = BatchFailure.decide(isInfrastructure: false, count: batch.count)
        if decision == .split, omission != .batchSplit { return batch.flatMap { outcomesOf([$0], path) } }
        return batch.map { _ in .retry(reason: "the handler failed") }
    }

    private mutating func effect(of wire: Wire, _ path: ServicePath) -> Outcome {
        let key = SimulatedStore.Key(task: wire.content.task, revision: wire.content.revision)
        guard path == \.analyzer else {
            if omission == .inbox || store.timeline[key] == nil { store.timeline[key, default: 0] += 1 }
            guard store.current[key.task] == key.revision else { return .done }
            if let shown = store.shown[key.task], shown > key.revision {
                violations.append("I6: an older analysis is shown")
            }
            store.shown[key.task] = key.revision
            return .done
        }
        if wire.content.kind == .undecodable {
            return .deadLetter(code: .undecodableEvent, reason: "no event", brokenRules: [])
        }
        guard omission == .inbox || store.analyses[key] == nil else { return .done }
        store.analyses[key, default: 0] += 1
        let message = event(.analysisCompleted)
        let content = Content(task: key.task, revision: key.revision, kind: .plain)
        store.insert(message, of: content, into: analyzer.name, at: now)
        if analyzer.isPublisherConnected { analyzer.relay.offer([message]) }
        return .done
    }

    private mutating func settle(_ batch: [SimulatedDelivery], _ outcomes: [Outcome], _ path: ServicePath) {
        var copies: [Wire] = []
        var tags: [Int] = []
        for (delivery, outcome) in zip(batch, outcomes) {
            var copy = delivery.wire
            switch policy.settle(outcome, attempt: copy.attempt) {
            case .acknowledge:
                acknowledge(delivery.tag, path, isDone: true)
                continue
            case .republish(let delay, let attempt, _):
                copy.attempt = attempt
                copy.dueAt = now + delay
            case .bury(let reason): copy.deadLetterCode = reason.code
            }
            copies.append(copy)
            tags.append(delivery.tag)
        }
        guard !copies.isEmpty else { return }
        if omission == .copyConfirm { for tag in tags { acknowledge(tag, path, isDone: false) } }
        self[keyPath: path].publish(copies, for: .copies(tags: tags))
    }

    /// On the wire to the broker; lost with the connection.
    private mutating func acknowledge(_ tag: Int, _ path: ServicePath, isDone: Bool) {
        guard self[keyPath: path].isConsumerConnected else { return }
        guard let wire = broker.acknowledge(tag, in: self[keyPath: path].queue) else { return }
        if isDone { done.insert(wire.eventID) }
    }
}
