import Rollout

/// From whom suggestions are held back, so that their answers show how good suggestions are by themselves.
///
/// A user's side depends on nothing but tenant and name: it is the same on every replica and at every restart, and a
/// larger share only adds users.
package struct HoldBack: Hashable, Sendable {
    /// The name that callers without one get. They are nobody in particular, so they have no side.
    package static let nobody = "anonymous"
    /// Salts the buckets, so that they have nothing to do with those of routes and rollouts.
    static let experiment = "triageloop-hold-back"

    /// Percent of the users, to two digits; 0 is off.
    package var sharePercent: Double
    /// Users who see suggestions in any case, in every tenant, and whose answers don't count: programs and operators.
    package var exempt: Set<String>

    package init(sharePercent: Double = 0, exempt: Set<String> = []) {
        self.sharePercent = sharePercent
        self.exempt = exempt
    }

    /// Which side a user is on; nil: none, since nothing is held back or this user takes no part.
    package func side(tenant: String, user: String) -> HoldBackSide? {
        let buckets = Int((sharePercent * Double(StickyBucket.count) / 100).rounded())
        guard buckets > 0, user != Self.nobody, !exempt.contains(user) else { return nil }
        let bucket = StickyBucket.byHash(experiment: Self.experiment, tenant: tenant, user: user)
        return bucket < buckets ? .blind : .shown
    }
}

/// What a user of the comparison gets to see.
package enum HoldBackSide: String, CaseIterable, Hashable, Sendable { case shown, blind }
