import Contracts
import Postgres
import RetrainingTriggerCore
import Rollout

/// What people said during a rollout, and how many there are.
extension RolloutStore {
    /// What one person said before this answer, which is counted now; nil if it isn't: of each task the first word counts,
    /// and of one person no more than a share.
    func count(
        _ score: Double, of user: String, tenant: String, on task: Identifier, in rollout: Identifier,
        _ transaction: DatabaseTransaction
    ) async throws -> UserTally? {
        let isFirst = try await transaction.execute(
            "INSERT INTO registry.rollout_tasks (rollout_id, task_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [rollout.uuid, task.uuid])
        guard isFirst == 1, try await isWithinShare(user, tenant: tenant, in: rollout, transaction) else { return nil }
        let row = try await transaction.query(
            """
            INSERT INTO registry.rollout_users AS known (rollout_id, tenant, user_id, answers, score)
            VALUES ($1, $2, $3, 1, $4)
            ON CONFLICT (rollout_id, tenant, user_id)
                DO UPDATE SET answers = known.answers + 1, score = known.score + excluded.score
            RETURNING answers, score
            """, [rollout.uuid, tenant, user, score]
        ).one()
        return UserTally(
            answers: try row.decode(at: 0, as: Int.self) - 1, score: try row.decode(at: 1, as: Double.self) - score)
    }

    /// Whether another answer of this person may count, see `PersonShare`.
    private func isWithinShare(
        _ user: String, tenant: String, in rollout: Identifier, _ transaction: DatabaseTransaction
    ) async throws -> Bool {
        let row = try await transaction.query(
            """
            SELECT coalesce(sum(answers) FILTER (WHERE tenant = $2 AND user_id = $3), 0)::bigint,
                coalesce(sum(answers), 0)::bigint
            FROM registry.rollout_users WHERE rollout_id = $1
            """, [rollout.uuid, tenant, user]
        ).one()
        let (own, all) = (try row.decode(at: 0, as: Int.self), try row.decode(at: 1, as: Int.self))
        guard !PersonShare.allows(own: own, of: all) else { return true }
        let people: Int = try await transaction.query(
            """
            SELECT count(DISTINCT (tenant, judged_by)) FROM (
                SELECT tenant, judged_by FROM training.feedback ORDER BY event_id DESC LIMIT \(PersonShare.lookedAt)
            ) AS latest
            """
        ).one().decode(at: 0)
        return people < PersonShare.people
    }

    /// How much people judged in the last `seconds`.
    func traffic(seconds: Int64) async throws -> RolloutTraffic {
        let row = try await pool.query(
            """
            SELECT count(*), count(DISTINCT (tenant, author)) FROM training.feedback
            WHERE model_version IS NOT NULL AND event_time > now() - make_interval(secs => $1)
            """, [Double(seconds)]
        ).one()
        return RolloutTraffic(answers: try row.decode(at: 0), people: try row.decode(at: 1))
    }
}
