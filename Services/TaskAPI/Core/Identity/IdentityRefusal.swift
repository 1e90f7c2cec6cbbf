package import Contracts

/// Why a request isn't let in; the words of the metric.
package enum IdentityRefusal: String, Error, CaseIterable, Sendable {
    /// No `Authorization` header.
    case missing
    /// Neither a key nor a token by its looks, or of a kind that isn't taken here.
    case malformed
    case unknownKey = "unknown_key"
    case expired
    case revoked
    case notYetValid = "not_yet_valid"
    case algorithm
    /// No key of the issuer has the token's key id.
    case unknownSigner = "unknown_signer"
    case signature
    case issuer
    case audience
    /// A claim that is needed is missing or of another type.
    case claims
    /// No role of ours in the token.
    case noRole = "no_role"
    /// The operation is for a role that the caller hasn't.
    case role
    case foreignTenant = "foreign_tenant"
    case foreignUser = "foreign_user"
    /// The issuer's keys can't be had.
    case providerUnavailable = "provider_unavailable"

    package var code: ErrorCode {
        switch self {
        case .missing: .credentialsMissing
        case .malformed, .unknownKey, .notYetValid, .algorithm, .unknownSigner, .signature, .issuer, .audience, .claims:
            .credentialsInvalid
        case .expired: .credentialsExpired
        case .revoked: .credentialsRevoked
        case .noRole, .role: .roleMissing
        case .foreignTenant, .foreignUser: .identityMismatch
        case .providerUnavailable: .identityProviderUnavailable
        }
    }

    /// For the caller; repeats nothing that was sent.
    package var detail: String {
        switch self {
        case .missing: "Send `Authorization: Bearer` with an API key or a token."
        case .malformed: "What stands in Authorization is not `Bearer` and a key or token that is taken here."
        case .unknownKey: "There is no such API key."
        case .expired: "The key or token has expired."
        case .revoked: "The API key was revoked."
        case .notYetValid: "The token is not valid yet."
        case .algorithm: "The token's algorithm is not taken."
        case .unknownSigner: "The token is signed by a key that its issuer doesn't publish."
        case .signature: "The token's signature is wrong."
        case .issuer: "The token is of another issuer."
        case .audience: "The token is for another audience."
        case .claims: "The token lacks a claim that is needed here."
        case .noRole: "The token gives no role here."
        case .role: "This is for operators."
        case .foreignTenant: "X-Tenant-ID names another tenant than the credentials."
        case .foreignUser: "X-User-ID names another user than the credentials, which don't act for others."
        case .providerUnavailable: "The issuer's keys can't be had at the moment."
        }
    }

    package var problem: Problem { Problem(code, detail: detail) }
}
