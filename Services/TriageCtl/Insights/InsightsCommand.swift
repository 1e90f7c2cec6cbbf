import ArgumentParser
import Contracts

struct InsightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "insights", abstract: "Show what people's answers tell of the suggestions.",
        subcommands: [InsightsAcceptance.self, InsightsDrift.self, InsightsCost.self, InsightsHoldBack.self])
}

struct InsightsHoldBack: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdback",
        abstract: "Show how good suggestions are unseen, and how much seeing them sways people.",
        discussion: """
            Compares users who see suggestions with those from whom they are held back (TRIAGELOOP_HOLD_BACK_SHARE): how \
            often each said what was suggested, by field and version, with 95 % intervals. Efforts agree when they are \
            the same card of planning poker.
            """)

    @Option(help: "Answers from then on: a time such as 2026-11-01T00:00:00Z, or 24h, 30d ago (default 90d).")
    var since: String?

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        var path = "/v1/insights/holdback"
        if let since {
            guard let time = ReplayTime.parse(since, now: .now) else {
                throw ValidationError("--since \(since.clipped(to: 60)) is neither a time nor a number of s, m, h or d")
            }
            path += "?since=\(percentEncoded(time.description))"
        }
        let answer = try await api.client().get(path)
        if json { return Console.bytes(answer) }
        HoldBackText(report: try ContractJSON.decode(HoldBackReport.self, from: answer)).print()
    }
}

/// The report as a person reads it.
struct HoldBackText {
    let report: HoldBackReport

    func print() {
        let share =
            report.sharePercent > 0 ? "from \(metricText(report.sharePercent)) % of the users" : "from nobody now"
        Console.line("suggestions are held back \(share); answers since \(report.since)")
        guard !report.items.isEmpty else {
            return Console.line("no answers yet: only those given while suggestions are held back from some count")
        }
        Console.line()
        var table = TextTable("FIELD", "VERSION", "AGREE, SHOWN", "AGREE, BLIND", "DIFFERENCE", "")
        for item in report.items {
            table.add(
                item.field.rawValue, item.modelVersion?.clipped(to: 40) ?? "all", Self.text(item.shown),
                Self.text(item.blind), item.difference.map(Self.text) ?? "-", item.explanation.clipped(to: 200))
        }
        table.print()
    }

    private static func text(_ rate: AgreementRate) -> String {
        guard let share = rate.share else { return "-" }
        let interval =
            if let low = rate.low, let high = rate.high { " (\(tenths(low))-\(tenths(high)))" } else { "" }
        return "\(tenths(share)) %\(interval) of \(rate.answers) by \(rate.people)"
    }

    private static func text(_ difference: ShareDifference) -> String {
        "\(difference.value > 0 ? "+" : "")\(tenths(difference.value)) (\(tenths(difference.low)) to "
            + "\(tenths(difference.high)))"
    }

    /// Percent to one decimal.
    private static func tenths(_ share: Double) -> String { String((share * 1_000).rounded() / 10) }
}
