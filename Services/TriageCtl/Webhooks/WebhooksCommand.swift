import ArgumentParser
import Contracts

/// `triagectl webhooks`: events to other systems.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "Send events to other systems, and see what came of it.",
        subcommands: [
            WebhooksAdd.self, WebhooksList.self, WebhooksDeliveries.self, WebhooksTest.self, WebhooksRedeliver.self,
            WebhooksRotate.self, WebhooksEnable.self, WebhooksDisable.self, WebhooksRemove.self,
        ], defaultSubcommand: WebhooksList.self)
}

struct WebhooksAdd: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a webhook; prints the secret, once.",
        discussion: "Types: " + WebhookEvent.types.map(\.rawValue).joined(separator: ", "))

    @Argument(help: "Where to post.")
    var url: String

    @Option(name: .customLong("type"), help: "An event type; as often as there are types.")
    var types: [String]

    @Option(help: "For people.")
    var description: String?

    @OptionGroup var api: APIOptions

    func validate() throws { _ = try eventTypes() }

    func perform() async throws {
        let draft = WebhookDraft(url: url, types: try eventTypes(), description: description)
        let body = try await api.client().post("/v1/webhooks", draft)
        let view = try ContractJSON.decode(WebhookView.self, from: body)
        Console.line("webhook  \(view.id)")
        Console.line("secret   \(view.secret ?? "-")   (shown once)")
    }

    private func eventTypes() throws -> [EventType] {
        try types.map { text in
            guard let type = EventType(rawValue: text), WebhookEvent.types.contains(type) else {
                throw ValidationError("--type \(text.clipped(to: 60)) is none that webhooks bring")
            }
            return type
        }
    }
}

struct WebhooksList: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the webhooks.")

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let page = try await api.client().get("/v1/webhooks", as: Page<WebhookView>.self)
        guard !page.items.isEmpty else { return Console.line("no webhooks: triagectl webhooks add URL --type …") }
        var table = TextTable("ID", "STATE", "PENDING", "FAILING SINCE", "URL", "TYPES")
        for hook in page.items {
            table.add(
                hook.id.description, hook.enabled ? "enabled" : "disabled: \(hook.reason?.clipped(to: 60) ?? "")",
                String(hook.pending), hook.failingSince?.description ?? "-", hook.url.clipped(to: 80),
                hook.types.map(\.rawValue).joined(separator: " "))
        }
        table.print()
    }
}

struct WebhooksDeliveries: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "deliveries", abstract: "Show what was sent last.")

    @Argument(help: "The webhook's id.")
    var id: String

    @Option(help: "Only those that are pending, delivered or failed.")
    var state: WebhookDeliveryState?

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let query = state.map { "?state=\($0.rawValue)" } ?? ""
        let page = try await api.client().get(
            "/v1/webhooks/\(percentEncoded(id))/deliveries\(query)", as: Page<WebhookDelivery>.self)
        var table = TextTable("EVENT", "TYPE", "STATE", "ATTEMPTS", "STATUS", "NEXT", "ANSWER")
        for delivery in page.items {
            table.add(
                delivery.eventID.description, delivery.type.clipped(to: 40), delivery.state.rawValue,
                String(delivery.attempts), delivery.status.map(String.init) ?? "-",
                delivery.dueAt?.description ?? "-",
                (delivery.error ?? delivery.excerpt ?? "").clipped(to: 100))
        }
        table.print()
    }
}

extension WebhookDeliveryState: ExpressibleByArgument {}

struct WebhooksTest: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a test and say what came of it.")

    @Argument(help: "The webhook's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let client = try api.client()
        let path = "/v1/webhooks/\(percentEncoded(id))"
        let sent = try ContractJSON.decode(
            RequestSent.self, from: try await client.post("\(path)/test"))
        // A whole attempt may take a minute.
        for _ in 0..<140 {
            let page = try await client.get("\(path)/deliveries", as: Page<WebhookDelivery>.self)
            if let delivery = page.items.first(where: { $0.eventID == sent.eventID }), delivery.triedAt != nil {
                let answer = delivery.status.map { "answered \($0)" } ?? "no answer"
                guard delivery.state == .delivered else {
                    throw CommandFailure(.failed, "\(answer): \((delivery.error ?? "").clipped(to: 200))")
                }
                return Console.line("\(answer) in \(delivery.durationMilliseconds ?? 0) ms")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        throw CommandFailure(.failed, "not sent within 70 s; is the webhook enabled? triagectl webhooks list")
    }
}

struct WebhooksRedeliver: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "redeliver", abstract: "Send one event again, or all that have failed since a time.")

    @Argument(help: "The webhook's id.")
    var id: String

    @Option(help: "The event's id.")
    var event: String?

    @Option(help: "A time such as 2026-11-01T00:00:00Z, or 30m, 24h, 7d ago.")
    var since: String?

    @OptionGroup var api: APIOptions

    func validate() throws { _ = try draft() }

    func perform() async throws {
        let body = try await api.client().post("/v1/webhooks/\(percentEncoded(id))/redeliveries", try draft())
        let queued = try ContractJSON.decode(DeliveriesQueued.self, from: body).queued
        Console.line("\(queued) due now: triagectl webhooks deliveries \(id.clipped(to: 40))")
    }

    private func draft() throws -> RedeliveryDraft {
        switch (event, since) {
        case (let event?, nil):
            guard let event = Identifier(event) else { throw ValidationError("--event must be a UUID") }
            return RedeliveryDraft(eventID: event)
        case (nil, let since?):
            guard let since = ReplayTime.parse(since, now: .now) else {
                throw ValidationError("--since is neither a time nor a number of s, m, h or d")
            }
            return RedeliveryDraft(since: since)
        default: throw ValidationError("give either --event or --since")
        }
    }
}

struct WebhooksRotate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a new secret; the one before signs as well for a while.")

    @Argument(help: "The webhook's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let body = try await api.client().post("/v1/webhooks/\(percentEncoded(id))/secret")
        let view = try ContractJSON.decode(WebhookView.self, from: body)
        Console.line("secret   \(view.secret ?? "-")   (shown once)")
        if let until = view.previousSecretUntil { Console.line("the one before signs as well until \(until)") }
    }
}

struct WebhooksEnable: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Send again from now on, and what is pending.")

    @Argument(help: "The webhook's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        _ = try await api.client().patch("/v1/webhooks/\(percentEncoded(id))", WebhookEdit(enabled: true))
        Console.line("enabled")
    }
}

struct WebhooksDisable: OperatorCommand {
    static let configuration = CommandConfiguration(commandName: "disable", abstract: "Send nothing for now.")

    @Argument(help: "The webhook's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        _ = try await api.client().patch("/v1/webhooks/\(percentEncoded(id))", WebhookEdit(enabled: false))
        Console.line("disabled")
    }
}

struct WebhooksRemove: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a webhook away, with its log and what is pending.")

    @Argument(help: "The webhook's id.")
    var id: String

    @OptionGroup var api: APIOptions

    func perform() async throws {
        _ = try await api.client().delete("/v1/webhooks/\(percentEncoded(id))")
        Console.line("removed")
    }
}
