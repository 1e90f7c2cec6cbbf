/// What may be spent on remote models in one day, of UTC; nil where there is no limit.
package struct BudgetLimits: Sendable, Hashable {
    /// Tokens in and out, and money in millionths of the unit that prices are given in.
    package struct Amount: Sendable, Hashable {
        package var tokens: Int
        package var micros: Int

        package init(tokens: Int, micros: Int) {
            self.tokens = tokens
            self.micros = micros
        }

        package static let zero = Amount(tokens: 0, micros: 0)
    }

    package var tenantTokens: Int?
    package var tenantMicros: Int?
    package var userTokens: Int?
    package var userMicros: Int?

    package init(tenantTokens: Int? = nil, tenantMicros: Int? = nil, userTokens: Int? = nil, userMicros: Int? = nil) {
        self.tenantTokens = tenantTokens
        self.tenantMicros = tenantMicros
        self.userTokens = userTokens
        self.userMicros = userMicros
    }

    /// Whether anything is limited.
    package var isSet: Bool { tenantTokens != nil || tenantMicros != nil || userTokens != nil || userMicros != nil }
}
