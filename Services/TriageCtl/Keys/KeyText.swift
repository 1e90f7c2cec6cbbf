import ArgumentParser
import Contracts

/// Keys as people read them.
enum KeyText {
    /// The secret to standard output, what goes with it to standard error.
    static func show(_ issued: APIKeyIssued, json: Bool) throws {
        if json { return Console.bytes(try ContractJSON.encode(issued)) }
        let key = issued.key
        Console.error("key \(key.id) of tenant \(key.tenant.clipped(to: 60)), role \(key.role.rawValue)")
        if let end = issued.previousValidUntil { Console.error("the secret before goes on until \(end)") }
        Console.error("its secret, shown this once:")
        Console.line(issued.secret)
    }

    static func state(_ key: APIKeyView, now: EventTime) -> String {
        if key.revokedAt != nil { return "revoked" }
        guard let end = key.expiresAt else { return "valid" }
        return end <= now ? "expired" : "until \(end)"
    }

    static func identifier(_ text: String) throws -> Identifier {
        guard let id = Identifier(text) else { throw ValidationError("\(text.clipped(to: 60)) is not a UUID") }
        return id
    }
}
