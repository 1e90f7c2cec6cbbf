/// When an issuer's keys are fetched; pure. Times are since any fixed moment.
struct KeySetSchedule: Sendable {
    /// Keys this old are fetched anew while they go on.
    var lifetime: Duration = .seconds(3_600)
    /// Keys this old aren't believed any more, though the issuer doesn't answer.
    var staleLimit: Duration = .seconds(86_400)
    /// The least time between two attempts, whatever tokens say.
    var pause: Duration = .seconds(10)

    /// What is known.
    struct State: Sendable {
        var fetchedAt: Duration?
        var triedAt: Duration?
        var wasLastTrySuccessful = false
    }

    enum Step: Equatable, Sendable {
        /// What there is is good enough.
        case use
        /// Fetch, and don't wait for it.
        case useAndFetch
        /// Fetch, and decide again then.
        case fetch
        /// There are no keys, and it is too early to ask again.
        case unavailable
    }

    /// - Parameter isKnown: whether the keys there are have one for the token.
    func step(_ state: State, isKnown: Bool, at now: Duration) -> Step {
        let mayTry = state.triedAt.map { now - $0 >= pause } ?? true
        guard let fetchedAt = state.fetchedAt, now - fetchedAt < staleLimit else {
            return mayTry ? .fetch : .unavailable
        }
        guard isKnown else {
            // The issuer may have a new key.
            if mayTry { return .fetch }
            return state.wasLastTrySuccessful ? .use : .unavailable
        }
        return now - fetchedAt >= lifetime && mayTry ? .useAndFetch : .use
    }
}
