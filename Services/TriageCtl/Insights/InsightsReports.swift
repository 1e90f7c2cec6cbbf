import ArgumentParser
import Contracts

/// From when to when.
struct InsightRange: ParsableArguments {
    @Option(help: "From then on: a time such as 2026-11-01T00:00:00Z, or 24h, 30d ago (default 90d).")
    var since: String?

    @Option(help: "Up to then, likewise (default now).")
    var until: String?

    func query() throws -> String {
        let parts = try [("since", since), ("until", until)].compactMap { name, value -> String? in
            guard let value else { return nil }
            guard let time = ReplayTime.parse(value, now: .now) else {
                throw ValidationError(
                    "--\(name) \(value.clipped(to: 60)) is neither a time nor a number of s, m, h or d")
            }
            return "\(name)=\(percentEncoded(time.description))"
        }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }
}

struct InsightsAcceptance: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "acceptance",
        abstract: "Show how often people take what is suggested, and whether confidences hold.")

    @OptionGroup var range: InsightRange

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let answer = try await api.client().get("/v1/insights/acceptance" + range.query())
        if json { return Console.bytes(answer) }
        let report = try ContractJSON.decode(AcceptanceReport.self, from: answer)
        Console.line("answers since \(report.since)\(report.isWhole ? "" : ", the latest 50,000")")
        var table = TextTable("FIELD", "VERSION", "TAKEN", "ACCEPTED", "CORRECTED", "WITHOUT SUGGESTION")
        for item in report.items {
            table.add(
                item.field.rawValue, item.modelVersion?.clipped(to: 40) ?? "all",
                item.share.map { tenths($0) + " (\(tenths(item.low ?? 0)) to \(tenths(item.high ?? 1)))" } ?? "-",
                "\(item.accepted)", "\(item.corrected)", "\(item.unsuggested)")
        }
        table.print()
        guard !report.calibration.isEmpty else { return }
        Console.line()
        var bins = TextTable("CATEGORY'S CONFIDENCE", "CLAIMED", "TAKEN", "OF")
        for bin in report.calibration {
            bins.add(
                "\(tenths(bin.from)) to \(tenths(bin.to))", tenths(bin.claimed), tenths(bin.taken), "\(bin.answers)"
            )
        }
        bins.print()
    }
}

struct InsightsDrift: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Show whether suggestions have moved against the range before.")

    @OptionGroup var range: InsightRange

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let answer = try await api.client().get("/v1/insights/drift" + range.query())
        if json { return Console.bytes(answer) }
        let report = try ContractJSON.decode(DriftReport.self, from: answer)
        Console.line("\(report.tasks) tasks since \(report.since), \(report.tasksBefore) in the range before")
        for item in report.items {
            let index = item.stabilityIndex.map { "\(($0 * 1_000).rounded() / 1_000)" } ?? "- (too few tasks)"
            Console.line()
            Console.line("\(item.field.rawValue): stability index \(index)")
            var table = TextTable("LABEL", "NOW", "BEFORE")
            for label in item.labels {
                table.add(label.label.clipped(to: 60), tenths(label.share), tenths(label.shareBefore))
            }
            table.print()
        }
    }
}

struct InsightsCost: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "Show who answered, and how long it took.")

    @OptionGroup var range: InsightRange

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var api: APIOptions

    func perform() async throws {
        let answer = try await api.client().get("/v1/insights/cost" + range.query())
        if json { return Console.bytes(answer) }
        let report = try ContractJSON.decode(CostReport.self, from: answer)
        var table = TextTable("RUNG", "VERSION", "ANALYSES", "DEGRADED", "SECONDS", "MS EACH")
        for item in report.items {
            let each = item.analyses > 0 ? item.seconds * 1_000 / Double(item.analyses) : 0
            table.add(
                item.rung.rawValue, item.modelVersion.clipped(to: 40), "\(item.analyses)", "\(item.degraded)",
                "\((item.seconds * 100).rounded() / 100)", "\((each * 1_000).rounded() / 1_000)")
        }
        table.print()
    }
}

/// Percent to one decimal.
private func tenths(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
