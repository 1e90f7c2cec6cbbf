import Contracts
import TaskAPICore

/// A signed token (JWT in JWS compact form, RFC 7519 and 7515) as it stands, before its signature is checked.
struct JSONWebToken: Sendable {
    let algorithm: SigningAlgorithm
    /// Which of the issuer's keys signed it.
    let keyID: String?
    /// Not to be believed before the signature is checked.
    let claims: JSONValue
    /// What is signed.
    let input: [UInt8]
    let signature: [UInt8]

    /// Kinds of tokens that say who somebody is (RFC 8725, 3.11; RFC 9068, 2.1).
    private static let types: Set<String> = ["jwt", "at+jwt", "application/at+jwt", "application/jwt"]

    /// - Throws: `.malformed`, or `.algorithm` for one that isn't on the list, `none` and those of shared secrets first
    ///   of all.
    init(_ text: String) throws(IdentityRefusal) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]) else { throw .malformed }
        // Nothing that would change what the token means is understood here (RFC 7515, 4.1.11).
        guard header["crit"] == nil, let name = header["alg"]?.stringValue else { throw .malformed }
        guard let algorithm = SigningAlgorithm(rawValue: name) else { throw .algorithm }
        if let type = header["typ"] {
            guard let type = type.stringValue, Self.types.contains(type.lowercased()) else { throw .malformed }
        }
        guard let claims = Self.object(parts[1]), let signature = Base64URL.decode(parts[2]), !signature.isEmpty else {
            throw .malformed
        }
        self.algorithm = algorithm
        keyID = header["kid"]?.stringValue
        self.claims = claims
        self.signature = signature
        input = Array("\(parts[0]).\(parts[1])".utf8)
    }

    private static func object(_ part: Substring) -> JSONValue? {
        // What doesn't decode is no part of a token; why doesn't matter.
        guard let bytes = Base64URL.decode(part), let value = try? ContractJSON.decode(JSONValue.self, from: bytes),
            case .object = value
        else { return nil }
        return value
    }
}

/// The algorithms that are taken: signatures with a key that only the issuer has. `none` and HMAC aren't among them.
enum SigningAlgorithm: String, CaseIterable, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case edDSA = "EdDSA"
}
