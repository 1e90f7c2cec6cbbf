import Contracts
import FoundationEssentials
import Postgres
import Rollout

/// One rollout, as its row says.
struct RolloutRow: Sendable {
    static let columns = """
        id, training_id, challenger, champion, status, plan, state, reason, generation, agreement, created_at, canary_at,
        changed_at
        """

    let id: Identifier
    let trainingID: Identifier?
    let challenger: String
    let champion: String
    /// How its plan was chosen.
    let plan: String
    var state: CanaryRollout
    var reason: String
    var generation: Int
    var agreement = ShadowAgreement()
    let createdAt: EventTime
    /// When the first users got the challenger.
    var canaryAt: EventTime?
    var changedAt: EventTime
    /// Why the stored state could not be read; it stands at its beginning then, and must be given up.
    var damage: String?

    init(
        id: Identifier = Identifier(), trainingID: Identifier?, challenger: String, champion: String, plan: String,
        state: CanaryRollout, at time: EventTime
    ) {
        self.id = id
        self.trainingID = trainingID
        self.challenger = challenger
        self.champion = champion
        self.plan = plan
        self.state = state
        reason = state.last.reason
        generation = 0
        createdAt = time
        changedAt = time
    }

    /// By the columns of `columns`.
    init(_ row: Row) throws {
        id = Identifier(try row.decode("id"))
        trainingID = try row.decode("training_id", as: UUID?.self).map { Identifier($0) }
        challenger = try row.decode("challenger")
        champion = try row.decode("champion")
        plan = try row.decode("plan")
        reason = try row.decode("reason")
        generation = try row.decode("generation")
        agreement = try ContractJSON.decode(
            ShadowAgreement.self, from: try row.decode("agreement", as: JSONB.self).bytes)
        createdAt = EventTime(try row.decode("created_at", as: Timestamp.self))
        canaryAt = try row.decode("canary_at", as: Timestamp?.self).map { EventTime($0) }
        changedAt = EventTime(try row.decode("changed_at", as: Timestamp.self))
        do {
            state = try ContractJSON.decode(CanaryRollout.self, from: try row.decode("state", as: JSONB.self).bytes)
        } catch let error as DecodingError {
            state = CanaryRollout(CanaryPlan(), at: createdAt.microseconds)
            damage = ContractJSON.brokenRule(from: error).text
        }
    }

    var status: RolloutStatus {
        switch state.phase {
        case .shadow: .shadow
        case .canary: .canary
        case .promoted: .promoted
        case .rolledBack: .rolledBack
        }
    }

    /// Salts the buckets; another rollout deals all users anew.
    var experiment: String { "rollout-\(id)" }

    var standing: RolloutStanding {
        RolloutStanding(
            rolloutID: id, trainingID: trainingID, challenger: challenger, champion: champion, status: status,
            isPaused: state.isPaused, sharePercent: Double(state.share) / 100, experiment: experiment,
            cause: state.last.cause.rawValue, plan: plan,
            answers: ArmCounts(champion: state.test.answers.champion, challenger: state.test.answers.challenger),
            analyses: ArmCounts(
                champion: state.guardrails.served.champion, challenger: state.guardrails.served.challenger))
    }

    /// What ai-analyzer is to do; `nil` once it has ended.
    var trial: RegistryStore.Trial? {
        guard !state.phase.isFinal else { return nil }
        return RegistryStore.Trial(
            rolloutID: id, challenger: challenger, mode: status, share: state.share, experiment: experiment)
    }

    /// What its training's state is.
    var trainingState: TrainingState {
        switch state.phase {
        case .shadow: .shadow
        case .canary: .canary
        case .promoted: .champion
        case .rolledBack: .rolledBack
        }
    }
}
