import AIAnalyzerCore
import AIAnalyzerProviders
import Contracts
import Logging
import Observability
import Postgres
import Resilience
import Rollout

/// Tells what a remote model writes for one analysis. Nothing of it may block.
protocol ProgressTelling: Sendable {
    /// This version writes from the start.
    func started(_ identity: ProviderIdentity)
    func append(_ text: String)
    /// Nothing is told from now on; comes before the result is stored.
    func finish()
}

/// Begins to tell of an analysis.
typealias ProgressSink = @Sendable (TaskSnapshot, Story) -> any ProgressTelling

/// Climbs down the ladder with a task: what ``LadderClimb`` decides, this does.
struct ProviderLadder: Sendable {
    /// What an analysis of a task goes by.
    struct Route: Sendable {
        let decision: RoutingDecision
        let view: ProviderDirectory.View
        /// The wanted version and its fallbacks; none for the embedded model.
        let rungs: [String]
    }

    /// Who answered.
    enum Result: Sendable {
        case answered(ProviderAnswer, by: ProviderIdentity, instead: Degradation?)
        /// The embedded model or the rules are to answer; nil where they were wanted.
        case locally(Degradation?)
    }

    let directory: ProviderDirectory
    let numbers: RouteNumbers
    let budgets: BudgetStore
    let settings: LadderSettings
    var progress: ProgressSink?
    let logger: Logger

    /// Where each of these goes, in their order.
    func routes(of tasks: [TaskSnapshot]) async throws(DatabaseError) -> [Route] {
        let view = directory.view
        let subjects = tasks.map {
            RouteSubject(user: $0.author, tenant: $0.tenant, tier: $0.tier, group: $0.group)
        }
        return try await numbers.decide(view.content.routes, for: subjects).map { decision in
            Route(decision: decision, view: view, rungs: view.rungs(for: decision.target))
        }
    }

    /// The event `feature_flag.evaluation` of a routing decision, as a line of the log.
    func trace(_ route: Route, _ task: TaskSnapshot, _ story: Story) {
        logger.event(
            .debug, "\(FlagEvaluation.eventName)", story: story, taskID: task.taskID,
            more: Logger.Metadata(
                FlagEvaluation(route.decision).attributes.map { ($0.key, "\($0.value)") }, uniquingKeysWith: { $1 }))
    }

    /// Asks the route's providers until one answers or none is left.
    /// - Parameter start: when the work on the analysis began; its deadline counts from then.
    /// - Throws: `DatabaseError` when the budget can't be asked, `CancellationError`.
    func climb(
        _ task: TaskSnapshot, _ story: Story, _ route: Route, choices: ProviderChoices,
        from start: ContinuousClock.Instant
    ) async throws -> Result {
        let request = ProviderRequest(
            taskID: task.taskID, project: task.project, title: task.title, body: task.body, choices: choices,
            story: story)
        let telling = progress?(task, story)
        defer { telling?.finish() }
        let slots = route.rungs.map { route.view.slots[$0] }
        let budget = DeadlineBudget(total: settings.deadline, from: start, minimumAttempt: settings.minimumAttempt)
        var climb = LadderClimb(
            rungs: zip(route.rungs, slots).map { .init(provider: $0, isFree: $1?.isFree ?? false) },
            policy: settings.retry, budget: budget.keeping(LadderSettings.localReserve))
        var generator = SystemRandomNumberGenerator()
        var event = LadderClimb.Event.begun
        while true {
            switch climb.next(after: event, at: .now, using: &generator) {
            case .ask(let index, let limit):
                guard let slot = slots[index] else {
                    event = .notCalled(.unknown)
                    continue
                }
                switch try await ask(slot, Question(request: request, task: task, telling: telling), within: limit) {
                case .answer(let answer):
                    return .answered(answer, by: slot.provider.identity, instead: climb.degradation)
                case .event(let happened): event = happened
                }
                if case .notCalled(let cause) = event { ProviderMetrics.notCalled(slot.name, because: cause.code) }
            case .wait(let duration):
                try await Task.sleep(for: duration)
                event = .waited
            case .answerLocally(let degradation): return .locally(degradation)
            }
        }
    }

    /// What is asked, for whom, and who is told of the answer while it is written.
    private struct Question: Sendable {
        let request: ProviderRequest
        let task: TaskSnapshot
        let telling: (any ProgressTelling)?
        let key: ResponseCache.Key

        init(request: ProviderRequest, task: TaskSnapshot, telling: (any ProgressTelling)?) {
            self.request = request
            self.task = task
            self.telling = telling
            key = ResponseCache.Key(request, tenant: task.tenant)
        }
    }

    /// The time of one attempt.
    private struct CallTime: Sendable {
        let end: ContinuousClock.Instant
        /// What it had from the beginning, before any queue.
        let limit: Duration
        /// With less left no call is made.
        let needed: Duration
    }

    private enum Attempt: Sendable {
        case answer(ProviderAnswer)
        case event(LadderClimb.Event)
    }

    /// One attempt at one provider: cache, breaker, bulkhead, budget, call.
    private func ask(_ slot: ProviderSlot, _ question: Question, within limit: Duration) async throws -> Attempt {
        if let answer = slot.cache.answer(question.key) {
            ProviderMetrics.cached(slot.name)
            return .answer(answer)
        }
        // Before the queue: who would be turned away needn't wait for it.
        if slot.isRejecting { return .event(.notCalled(.circuitOpen)) }
        let time = CallTime(
            end: .now.advanced(by: limit), limit: limit,
            needed: slot.needed(atLeast: settings.minimumAttempt, of: limit))
        do {
            return try await slot.gate.run(patience: max(.zero, limit - time.needed)) {
                try await reserveAndCall(slot, question, time)
            }
        } catch let refusal as BulkheadGate.Refusal {
            if refusal == .cancelled { throw CancellationError() }
            return .event(.notCalled(.busy))
        }
    }

    private func reserveAndCall(
        _ slot: ProviderSlot, _ question: Question, _ time: CallTime
    ) async throws -> Attempt {
        // It may have opened, or the answer come, while this one queued.
        if let answer = slot.cache.answer(question.key) {
            ProviderMetrics.cached(slot.name)
            return .answer(answer)
        }
        if slot.isRejecting { return .event(.notCalled(.circuitOpen)) }
        guard budgets.limits.isSet else { return try await call(slot, question, time).attempt }
        let most = BudgetLimits.Amount(slot.provider.mostTokens(for: question.request), price: slot.price)
        let reservation: BudgetStore.Reservation
        switch try await budgets.reserve(most, for: question.task) {
        case .reserved(let made): reservation = made
        case .waits: return .event(.notCalled(.reserved))
        case .exhausted: return .event(.notCalled(.budget))
        }
        do {
            let called = try await call(slot, question, time)
            await budgets.settle(reservation, spent: called.spent.map { .init($0, price: slot.price) })
            return called.attempt
        } catch {
            // Cancelled in the middle: it may have been paid for.
            await budgets.settle(reservation, spent: nil)
            throw error
        }
    }

    /// What became of a call, and what it cost; nil where nobody knows.
    private struct Called: Sendable {
        let attempt: Attempt
        let spent: TokenUsage?
    }

    private func call(
        _ slot: ProviderSlot, _ question: Question, _ time: CallTime
    ) async throws -> Called {
        let start = ContinuousClock.now
        let left = start.duration(to: time.end)
        guard left >= time.needed else {
            return Called(attempt: .event(.notCalled(.busy)), spent: .zero)
        }
        guard let permit = slot.permit() else {
            return Called(attempt: .event(.notCalled(.circuitOpen)), spent: .zero)
        }
        let identity = slot.provider.identity
        question.telling?.started(identity)
        do throws(ProviderError) {
            let answer = try await slot.provider.analyse(question.request, deadline: left) {
                question.telling?.append($0.textDelta)
            }
            slot.report(permit, .success)
            slot.note(answerAfter: start.duration(to: .now))
            slot.cache.keep(answer, for: question.key)
            ProviderMetrics.called(identity, took: start.duration(to: .now), error: nil)
            if let usage = answer.usage { ProviderMetrics.spent(usage, by: identity) }
            return Called(attempt: .answer(answer), spent: answer.usage)
        } catch {
            // Who queued for most of its time gave the provider little: that it took longer isn't its fault.
            let isOurs = error.code == .timeout && slot.isShort(left, of: time.limit)
            slot.report(permit, isOurs ? .ignored : error.outcome, retryAfter: error.retryAfter)
            ProviderMetrics.called(identity, took: start.duration(to: .now), error: error.code.rawValue)
            report(error, of: identity, question.request.story, question.task)
            if error.code == .cancelled { throw CancellationError() }
            return Called(
                attempt: .event(.failed(error.failure)), spent: error.mayHaveSpentTokens ? error.usage : .zero)
        }
    }

    private func report(_ error: ProviderError, of identity: ProviderIdentity, _ story: Story, _ task: TaskSnapshot) {
        logger.event(
            .info, "a provider did not answer", story: story, taskID: task.taskID,
            more: [
                "provider": "\(identity)", "provider_code": "\(error.code.rawValue)", "reason": "\(error.reason)",
                "http_status": "\(error.httpStatus.map(String.init) ?? "")",
                "may_have_spent": "\(error.mayHaveSpentTokens)",
            ])
    }
}

extension ProviderError {
    /// What it says of the provider.
    fileprivate var outcome: CircuitBreaker.Outcome {
        switch blame {
        case .provider: .failure
        // It answered, if only about this text.
        case .request: .success
        case .caller: .ignored
        }
    }

    fileprivate var failure: LadderClimb.CallFailure {
        LadderClimb.CallFailure(
            code: code.rawValue, isRetriable: isRetriable, mayHaveSpent: mayHaveSpentTokens,
            isOfRequest: blame == .request, retryAfter: retryAfter)
    }
}
