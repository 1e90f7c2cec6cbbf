import Contracts
import Crypto
import CryptoExtras
import FoundationEssentials

/// A public key of an issuer (JWK, RFC 7517), good for the algorithms of its kind only: a key for one kind of signature
/// never checks another.
struct JSONWebKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    let id: String?
    /// The only algorithm that the issuer uses it for, if it says so.
    private let algorithm: SigningAlgorithm?
    private let material: Material

    /// - Returns: nil for a key that isn't for signatures, or of a kind that isn't taken here: others may be in the set.
    init?(_ value: JSONValue) {
        func bytes(_ name: String) -> [UInt8]? { value[name]?.stringValue.flatMap { Base64URL.decode($0) } }
        if let use = value["use"]?.stringValue, use != "sig" { return nil }
        if let name = value["alg"]?.stringValue {
            guard let algorithm = SigningAlgorithm(rawValue: name) else { return nil }
            self.algorithm = algorithm
        } else {
            algorithm = nil
        }
        id = value["kid"]?.stringValue
        // A key that can't be read is as if it weren't there.
        switch (value["kty"]?.stringValue, value["crv"]?.stringValue) {
        case ("RSA", _):
            guard let n = bytes("n"), let e = bytes("e"), n.count <= 1_024,
                let key = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { return nil }
            material = .rsa(key)
        case ("EC", "P-256"):
            guard let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            material = .p256(key)
        case ("EC", "P-384"):
            guard let x = bytes("x"), let y = bytes("y"), x.count == 48, y.count == 48,
                let key = try? P384.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            material = .p384(key)
        case ("OKP", "Ed25519"):
            guard let x = bytes("x"), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else {
                return nil
            }
            material = .ed25519(key)
        default: return nil
        }
    }

    /// Whether a signature of this algorithm may be this key's.
    func serves(_ wanted: SigningAlgorithm) -> Bool {
        guard algorithm == nil || algorithm == wanted else { return false }
        switch (material, wanted) {
        case (.rsa, .rs256), (.rsa, .rs384), (.rsa, .rs512), (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512),
            (.p256, .es256), (.p384, .es384), (.ed25519, .edDSA):
            return true
        default: return false
        }
    }

    /// Whether the key's owner signed the token.
    func signed(_ token: JSONWebToken) -> Bool {
        guard serves(token.algorithm) else { return false }
        switch material {
        case .rsa(let key): return Self.signed(token, key)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: token.signature) else {
                return false
            }
            return key.isValidSignature(signature, for: SHA256.hash(data: token.input))
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: token.signature) else {
                return false
            }
            return key.isValidSignature(signature, for: SHA384.hash(data: token.input))
        case .ed25519(let key): return key.isValidSignature(token.signature, for: token.input)
        }
    }

    private static func signed(_ token: JSONWebToken, _ key: _RSA.Signing.PublicKey) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: token.signature)
        func isValid(_ digest: some Digest, _ padding: _RSA.Signing.Padding) -> Bool {
            key.isValidSignature(signature, for: digest, padding: padding)
        }
        switch token.algorithm {
        case .rs256: return isValid(SHA256.hash(data: token.input), .insecurePKCS1v1_5)
        case .rs384: return isValid(SHA384.hash(data: token.input), .insecurePKCS1v1_5)
        case .rs512: return isValid(SHA512.hash(data: token.input), .insecurePKCS1v1_5)
        case .ps256: return isValid(SHA256.hash(data: token.input), .PSS)
        case .ps384: return isValid(SHA384.hash(data: token.input), .PSS)
        case .ps512: return isValid(SHA512.hash(data: token.input), .PSS)
        case .es256, .es384, .edDSA: return false
        }
    }
}

/// The keys that an issuer publishes (RFC 7517, 5).
struct JSONWebKeySet: Sendable {
    /// More are a mistake.
    static let maximumKeys = 100
    /// Of those that a token without a key id is tried on.
    static let tried = 10

    private let keys: [JSONWebKey]

    /// - Returns: nil for what is no set of keys; keys of other kinds are left out.
    init?(_ bytes: [UInt8]) {
        guard let value = try? ContractJSON.decode(JSONValue.self, from: bytes),  // no JSON: no key set
            case .array(let items)? = value["keys"], items.count <= Self.maximumKeys
        else { return nil }
        keys = items.compactMap { JSONWebKey($0) }
    }

    /// The keys that may have signed the token.
    func candidates(for token: JSONWebToken) -> [JSONWebKey] {
        if let id = token.keyID { return keys.filter { $0.id == id && $0.serves(token.algorithm) } }
        return Array(keys.filter { $0.serves(token.algorithm) }.prefix(Self.tried))
    }
}
