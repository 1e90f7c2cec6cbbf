/// Numbers users in the order in which they are first seen, for each experiment; in memory, for simulations and tests.
///
/// A service keeps the same in a table with the key (experiment, tenant, user) and a counter for each experiment, in one
/// statement: a number, once given, must stay, or its user changes sides.
package struct OrdinalLedger: Sendable {
    private struct Key: Hashable, Sendable {
        var experiment: String
        var tenant: String
        var user: String
    }

    private var ordinals: [Key: Int] = [:]
    private var next: [String: Int] = [:]

    package init() {}

    /// The user's number, given now if there was none.
    package mutating func ordinal(experiment: String, tenant: String, user: String) -> Int {
        let key = Key(experiment: experiment, tenant: tenant, user: user)
        if let known = ordinals[key] { return known }
        let ordinal = next[experiment, default: 0]
        ordinals[key] = ordinal
        next[experiment] = ordinal + 1
        return ordinal
    }
}
