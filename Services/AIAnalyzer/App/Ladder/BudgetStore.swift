import AIAnalyzerCore
import AIAnalyzerProviders
import Contracts
import Logging
import Postgres

/// What calls may cost and did, in the schema `analysis`: reserved before a call, settled after it.
///
/// A reservation is one statement that either fits into every limit or changes nothing, and counts at its most until it is
/// settled; so limits hold with any number of calls at once, on any number of replicas, and across a crash.
struct BudgetStore: Sendable {
    let pool: DatabasePool
    let limits: BudgetLimits
    let logger: Logger

    /// How often it is looked for reservations of days that are over.
    private static let sweepInterval = Duration.seconds(3_600)

    /// A call's place in the budget.
    struct Reservation: Sendable {
        let id: Identifier
        let most: BudgetLimits.Amount
    }

    /// What became of the wish to reserve.
    enum Answer: Sendable {
        case reserved(Reservation)
        /// It would fit if the calls under way cost nothing; they will cost less than they reserved.
        case waits
        /// The day is spent.
        case exhausted
    }

    /// Reserves for a call that costs `most` at most, if the limits allow it.
    func reserve(_ most: BudgetLimits.Amount, for task: TaskSnapshot) async throws(DatabaseError) -> Answer {
        let id = Identifier()
        let row = try await pool.query(
            "SELECT analysis.reserve_budget($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                id.uuid, task.tenant, task.author, Int64(most.tokens), Int64(most.micros),
                limits.tenantTokens.map(Int64.init), limits.tenantMicros.map(Int64.init),
                limits.userTokens.map(Int64.init), limits.userMicros.map(Int64.init),
            ]
        ).one()
        if try row.decode(at: 0) { return .reserved(Reservation(id: id, most: most)) }
        return try await fitsLater(most, for: task) ? .waits : .exhausted
    }

    /// Whether what is spent for sure leaves room; only asked after a refusal, and only to say why.
    private func fitsLater(_ most: BudgetLimits.Amount, for task: TaskSnapshot) async throws(DatabaseError) -> Bool {
        let row = try await pool.query(
            """
            WITH today AS (SELECT (now() AT TIME ZONE 'UTC')::date AS day),
            spent AS (
                SELECT user_id, tokens - coalesce((
                    SELECT sum(open.tokens) FROM analysis.budget_reservations open
                    WHERE open.day = used.day AND open.tenant = used.tenant
                        AND (used.user_id = '' OR open.user_id = used.user_id)), 0) + $3 AS tokens,
                    micros - coalesce((
                    SELECT sum(open.micros) FROM analysis.budget_reservations open
                    WHERE open.day = used.day AND open.tenant = used.tenant
                        AND (used.user_id = '' OR open.user_id = used.user_id)), 0) + $4 AS micros
                FROM analysis.budget_usage used JOIN today USING (day) WHERE tenant = $1 AND user_id IN ('', $2)
            )
            SELECT coalesce(bool_and(CASE user_id
                WHEN '' THEN tokens <= coalesce($5, tokens) AND micros <= coalesce($6, micros)
                ELSE tokens <= coalesce($7, tokens) AND micros <= coalesce($8, micros) END), false) FROM spent
            """,
            [
                task.tenant, task.author, Int64(most.tokens), Int64(most.micros),
                limits.tenantTokens.map(Int64.init), limits.tenantMicros.map(Int64.init),
                limits.userTokens.map(Int64.init), limits.userMicros.map(Int64.init),
            ]
        ).one()
        return try row.decode(at: 0)
    }

    /// Puts what was spent in the place of the reservation; where that isn't known, the reservation stays counted in full.
    ///
    /// Never fails: what can't be settled now stays counted, which is on the safe side.
    func settle(_ reservation: Reservation, spent: BudgetLimits.Amount?) async {
        let spent = spent ?? reservation.most
        do throws(DatabaseError) {
            _ = try await pool.query(
                "SELECT analysis.settle_budget($1, $2, $3)",
                [reservation.id.uuid, Int64(spent.tokens), Int64(spent.micros)])
        } catch {
            logger.warning("a call's cost can't be settled", metadata: ["reason": "\(error.reason)"])
        }
    }

    /// Forgets the reservations that a crash left behind, once their day is over; until it is cancelled.
    func run() async throws {
        while true {
            do throws(DatabaseError) {
                try await forgetPastDays()
            } catch {
                logger.warning("old reservations can't be looked for", metadata: ["reason": "\(error.reason)"])
            }
            try await Task.sleep(for: Self.sweepInterval)
        }
    }

    /// What they reserved stays counted in the usage of their day. A call that began yesterday may still be settled.
    private func forgetPastDays() async throws(DatabaseError) {
        try await pool.execute(
            "DELETE FROM analysis.budget_reservations WHERE day < (now() AT TIME ZONE 'UTC')::date - 1")
    }
}

extension BudgetLimits.Amount {
    init(_ usage: TokenUsage, price: TokenPrice?) {
        self.init(tokens: usage.total, micros: price?.micros(of: usage) ?? 0)
    }
}
