/// What reads tokens that others issue.
package protocol TokenReading: Sendable {
    /// Who is meant by a token.
    /// - Throws: `IdentityRefusal` for a token that isn't good, or that can't be judged.
    func principal(of token: String) async throws(IdentityRefusal) -> Principal
}
