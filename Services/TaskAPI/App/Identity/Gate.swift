import APIKeys
import Contracts
import HTTPTypes
import Metrics
import Observability
import TaskAPIContract
import TaskAPICore

/// Who may come in: each request of each route passes here, and nowhere else is asked who calls.
struct Gate: Sendable {
    /// Who was let in, and how it is known.
    enum Admission: Sendable {
        /// Nobody was asked.
        case nobody
        /// Whoever the request says.
        case believed
        case known(Principal)
    }

    /// Whether callers need credentials.
    let asksWhoCalls: Bool
    private let keys: KeyRing?
    private let tokens: (any TokenReading)?
    private let counters = RefusalCounters()

    init(mode: IdentitySettings.Mode, keys: KeyRing, tokens: (any TokenReading)?) {
        asksWhoCalls = mode != .open
        self.keys = mode.takesKeys ? keys : nil
        self.tokens = mode.takesTokens ? tokens : nil
    }

    /// - Throws: `Problem` for whoever isn't let in; what the database says when it had to be asked.
    func admit(_ headers: HTTPFields, to endpoint: Endpoint) async throws -> Admission {
        guard endpoint.role != .anyone else { return .nobody }
        guard asksWhoCalls else { return .believed }
        do {
            let principal = try await principal(headers)
            guard endpoint.role != .operator || principal.role == .operator else { throw IdentityRefusal.role }
            return .known(principal)
        } catch let refusal as IdentityRefusal {
            throw refused(refusal)
        }
    }

    /// Counts a refusal.
    func refused(_ refusal: IdentityRefusal) -> Problem {
        counters.count(refusal)
        return refusal.problem
    }

    private func principal(_ headers: HTTPFields) async throws -> Principal {
        let fields = headers[values: .authorization]
        guard let field = fields.first else { throw IdentityRefusal.missing }
        // Two of them may mean two callers: something in between has added one.
        guard fields.count == 1, let text = BearerToken.read(field) else { throw IdentityRefusal.malformed }
        if text.hasPrefix(APIKeySecret.mark) {
            guard let keys, let secret = APIKeySecret(text) else { throw IdentityRefusal.malformed }
            return try await keys.principal(of: secret)
        }
        guard let tokens else { throw IdentityRefusal.malformed }
        return try await tokens.principal(of: String(text))
    }
}

/// Refusals by reason.
private final class RefusalCounters: Sendable {
    private let counters: [IdentityRefusal: Counter]

    init() {
        counters = Dictionary(
            uniqueKeysWithValues: IdentityRefusal.allCases.map {
                ($0, MetricCatalogue.credentialsRefused.counter([("reason", $0.rawValue)]))
            })
    }

    func count(_ refusal: IdentityRefusal) { counters[refusal]?.increment() }
}
