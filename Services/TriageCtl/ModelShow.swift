import ArgumentParser
import Foundation
import TriageModel

/// Prints an artifact's model card.
struct ModelShow: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints a model's card: what it answers, how well, from what, and its limits.")

    @Argument(help: "Artifact file; without it the base model.")
    var file: String?
    @Flag(help: "Print JSON.")
    var json = false

    func perform() async throws {
        let card = try ModelCommand.load(file).card
        guard json else {
            print(Self.text(card))
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        print(String(decoding: try encoder.encode(card), as: UTF8.self))
    }

    static func text(_ card: ModelCard) -> String {
        var lines = [
            "model       \(card.version)", "parent      \(card.parent ?? "-")",
            "created at  \(card.createdAt.formatted(.iso8601))",
            "file        \(card.bytes) bytes, format \(card.format), sha256 \(card.sha256)",
        ]
        for head in card.heads { lines += [""] + Self.lines(of: head) }
        lines += ["", "measured when it was trained"]
        lines += card.metrics.sorted { $0.key < $1.key }.map { "  \($0.key): \(number($0.value))" }
        lines += ["", "made from"]
        lines += card.lineage.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines += [
            "", "licence     \(card.licence)", "limits      \(card.limits)", "must not be used \(card.mustNotBeUsed)",
        ]
        return lines.joined(separator: "\n")
    }

    private static func lines(of head: ModelCard.HeadCard) -> [String] {
        let labels = zip(head.labels, head.prior).map { "\($0) \(percent(Double($1)))" }
        let vectors = head.vectors.map { vectors in
            [
                "  with vectors of \(vectors.model) (\(vectors.dimensions) numbers, \(vectors.projects) projects): words "
                    + "times \(number(Double(vectors.wordShare), 2)), vectors times "
                    + number(Double(vectors.vectorShare), 2),
                "    known projects: \(zones(vectors.knownProjects))",
                "    other projects: \(zones(vectors.otherProjects))",
            ]
        }
        return [
            "\(head.name): \(labels.joined(separator: ", ")) of the training",
            "  \(head.tasks) tasks, \(head.projects) known projects, \(head.features) features, \(head.weights) weights in "
                + "\(head.rows) rows",
        ]
            // Numbers have intervals, not zones.
            + (head.hasZones
                ? [
                    "  known projects: \(zones(head.knownProjects))",
                    "  other projects: \(zones(head.otherProjects))",
                ] : []) + (vectors ?? [])
    }

    private static func zones(_ zones: ModelCard.Zones) -> String {
        let automatic = zones.automatic.map { "auto from \(number($0, 2))" } ?? "never auto"
        let offsets = zones.offsets.map { number(Double($0), 2) }.joined(separator: " ")
        return "\(automatic), suggest from \(number(zones.suggestion, 2)), ask below; scores times "
            + "\(number(Double(zones.scale), 2)) plus \(offsets)"
    }

    private static func percent(_ share: Double) -> String { number(share * 100, 0) + " %" }

    private static func number(_ value: Double, _ digits: Int = 4) -> String { String(format: "%.\(digits)f", value) }
}
