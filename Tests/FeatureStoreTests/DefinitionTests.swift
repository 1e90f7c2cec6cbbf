import FeatureStore
import Foundation
import Testing

/// The list of features, and that none changes without a new version.
@Suite struct DefinitionTests {
    @Test func `each name is there once, and says whose it is`() {
        let definitions = FeatureSet.current.definitions
        #expect(Set(definitions.map(\.name)).count == definitions.count)
        for definition in definitions {
            #expect(definition.name.hasPrefix(definition.entity.rawValue + ":"))
            #expect(definition.name.wholeMatch(of: /[a-z]+:[a-z0-9_]{1,40}/) != nil)
            #expect(definition.version >= 1)
            #expect(!definition.owner.isEmpty)
            #expect(definition.summary.hasSuffix("."))
        }
    }

    @Test func `another list, order or version is another set`() {
        let definitions = FeatureSet.current.definitions
        let swapped = FeatureSet([definitions[1], definitions[0]] + definitions.dropFirst(2))
        let fewer = FeatureSet(Array(definitions.dropLast()))
        var newer = definitions
        newer[0] = FeatureDefinition(
            String(newer[0].name.dropFirst("user:".count)), version: 2, entity: .user, unit: .count, owner: "x",
            summary: "x.", value: newer[0].value)
        let prints = [FeatureSet.current, swapped, fewer, FeatureSet(newer)].map(\.fingerprint)
        #expect(Set(prints).count == 4)
    }

    /// Name, version and a hash of what it answers on a fixed history. When this fails: raise the definition's version
    /// (or, if what it answers wasn't meant to change, mend it), and write the file anew with
    /// `TRIAGELOOP_WRITE_GOLDEN=1`; it refuses a changed answer under an old version.
    @Test func `no feature answers anything else without a new version`() throws {
        let file = try #require(
            Bundle.module.url(forResource: "definitions", withExtension: "txt", subdirectory: "Golden"))
        let kept = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        let present = Self.lines()
        let old = Dictionary(
            kept.compactMap { line in line.split(separator: " ").first.map { (String($0), line) } },
            uniquingKeysWith: { $1 })
        for line in present {
            guard let reference = line.split(separator: " ").first, let before = old[String(reference)] else {
                continue
            }
            #expect(line == before, "\(reference) answers something else: it needs a new version")
        }
        #expect(present == kept, "definitions.txt is not up to date")
        if ProcessInfo.processInfo.environment["TRIAGELOOP_WRITE_GOLDEN"] != nil {
            print(present.joined(separator: "\n"))
        }
    }

    private static func lines() -> [String] {
        var random = SeededGenerator(seed: 2_026)
        let user = Histories.make(seed: 11, count: 600)
        let project = Histories.make(seed: 12, count: 900)
        let times = (0..<400).map { _ in Histories.start + Int64.random(in: 0..<(420 * Histories.day), using: &random) }
        func views(_ history: [HistoryEvent]) -> [HistoryView] {
            PointInTimeJoin.views(of: history, at: times.map { PointInTimeJoin.Request(.writtenAt($0), at: $0) })
        }
        let words = ["crash?", "please!", "```\nlet x\n```", "see https://a.b", "Größe", "\n\n", "why", "🧨"]
        let inputs = zip(times, zip(views(user), views(project))).map { time, views in
            let body = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                words.randomElement(using: &random)
            }
            return FeatureInput(
                at: time, text: TextStatistics(title: body.first ?? "", body: body.joined(separator: " ")),
                user: views.0, project: views.1)
        }
        return FeatureSet.current.definitions.map { definition in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for input in inputs {
                let value = definition.value(input).map(Int64.init) ?? .min
                for shift in stride(from: 0, to: 64, by: 8) {
                    hash = (hash ^ (UInt64(bitPattern: value) >> UInt64(shift) & 0xFF)) &* 0x100_0000_01b3
                }
            }
            return "\(definition.reference) \(String(hash, radix: 16))"
        }
    }
}
