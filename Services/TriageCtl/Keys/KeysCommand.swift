import ArgumentParser
import Contracts

/// `triagectl keys`: who may call the API.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list, rotate and revoke API keys.",
        discussion: """
            Over the API, as an operator of the tenant; or with --direct in the database itself, for the first key or \
            when no operator's key is left. A secret is shown once, by create and rotate; only its hash is kept.
            """,
        subcommands: [KeysCreate.self, KeysList.self, KeysRotate.self, KeysRevoke.self])
}

struct KeysCreate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key and show its secret, once.",
        discussion: "The secret alone goes to standard output, all else to standard error: redirect it to a file.")

    @Argument(help: "What the key is for.")
    var name: String

    @Option(help: "What it may do: user or operator.")
    var role: CallerRole = .user

    @Option(name: .customLong("as"), help: "Who acts with it (default: its name).")
    var actor: String?

    @Flag(help: "Requests may name another user in X-User-ID: for a product that says which of its users acts.")
    var actsForUsers = false

    @Option(help: "When it ends: a time such as 2027-11-01T00:00:00Z, or in 24h, 90d (default: never).")
    var expires: String?

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var place: KeyPlaceOptions

    func validate() throws { _ = try end() }

    func perform() async throws {
        let draft = APIKeyDraft(
            name: name, user: actor, role: role, actsForUsers: actsForUsers, expiresAt: try end())
        let broken = draft.brokenRules()
        guard broken.isEmpty else { throw ValidationError(broken.map(\.text).joined(separator: "\n")) }
        let issued = try await place.withKeys { try await $0.create(draft) }
        try KeyText.show(issued, json: json)
    }

    private func end() throws -> EventTime? {
        guard let expires else { return nil }
        if let time = EventTime(expires) { return time }
        let now = EventTime.now
        guard let past = ReplayTime.parse(expires, now: now) else {
            throw ValidationError("--expires \(expires.clipped(to: 60)) is neither a time nor a number of s, m, h or d")
        }
        return EventTime(microseconds: now.microseconds + (now.microseconds - past.microseconds))
    }
}

struct KeysList: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tenant's keys, the newest first.")

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var place: KeyPlaceOptions

    func perform() async throws {
        let keys = try await place.withKeys { try await $0.list() }
        if json { return Console.bytes(try ContractJSON.encode(Page(items: keys))) }
        var table = TextTable("ID", "PREFIX", "NAME", "USER", "ROLE", "STATE", "LAST USED")
        for key in keys {
            table.add(
                key.id.description, key.prefix, key.name.clipped(to: 40),
                key.user.clipped(to: 40) + (key.actsForUsers ? " and others" : ""), key.role.rawValue,
                KeyText.state(key, now: .now), key.lastUsedAt?.description ?? "never")
        }
        table.print()
    }
}

struct KeysRotate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a key a new secret, show it once; the one before goes on for a while.")

    @Argument(help: "The key's id.")
    var id: String

    @Option(help: "Seconds that the secret before goes on (default a day; 0: not at all).")
    var overlap = APIKeyRotation.defaultOverlapSeconds

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var place: KeyPlaceOptions

    func validate() throws {
        _ = try KeyText.identifier(id)
        guard APIKeyRotation.overlapSeconds.contains(overlap) else {
            throw ValidationError("--overlap must be from 0 to \(APIKeyRotation.overlapSeconds.upperBound) seconds")
        }
    }

    func perform() async throws {
        let id = try KeyText.identifier(id)
        let issued = try await place.withKeys { try await $0.rotate(id, overlap) }
        try KeyText.show(issued, json: json)
    }
}

struct KeysRevoke: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a key and all its secrets for good.")

    @Argument(help: "The key's id.")
    var id: String

    @OptionGroup var place: KeyPlaceOptions

    func validate() throws { _ = try KeyText.identifier(id) }

    func perform() async throws {
        let id = try KeyText.identifier(id)
        let key = try await place.withKeys { try await $0.revoke(id) }
        Console.line("\(key.prefix) (\(key.name.clipped(to: 60))) is revoked; replicas refuse it within seconds")
    }
}

extension CallerRole: ExpressibleByArgument {}
