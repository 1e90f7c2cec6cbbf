import Contracts
import RetrainingTriggerCore
import SpoiltData
import Testing
import TriageModel

/// Ten ways to spoil a team's feedback, each caught by the check that is meant for it; what isn't spoilt passes.
@Suite struct SpoiltDataTests {
    private static let tasks = 600

    private func history(people: Int = 5, seed: UInt64) throws -> TeamHistory {
        TeamHistory(SampleTasks.make(Self.tasks, seed: seed), people: people, seed: seed, model: try TriageModel.base())
    }

    @Test(arguments: [1, 2, 3, 5], [UInt64(1), 2, 3])
    func `clean feedback passes, whoever gave it`(people: Int, seed: UInt64) throws {
        let base = try TriageModel.base()
        let history = try history(people: people, seed: seed)
        let last = history.first(0.6).report(last: nil, base: base)
        #expect(last.checks(.failure) == [])
        let report = history.report(last: last.summary, base: base)
        #expect(report.checks(.failure) == [])
        #expect(report.passed)
        // With one or two people somebody has more than half.
        #expect(report.checks(.warning).map(\.name).filter { $0 != "user-share" } == [])
        #expect(report.checks.map(\.name) == CheckName.allCases.map(\.rawValue))
    }

    @Test(arguments: Spoiling.allCases, [UInt64(4), 5])
    func `what is spoilt fails the check that is meant for it`(spoiling: Spoiling, seed: UInt64) throws {
        let base = try TriageModel.base()
        let clean = try history(seed: seed)
        let last = clean.first(0.6).report(last: nil, base: base).summary
        let spoilt = spoiling.applied(to: clean, amount: spoiling.realisticAmount, seed: seed)
        let report = spoilt.report(last: last, base: base)
        let check = try #require(report.checks.first { $0.name == spoiling.check.rawValue })
        #expect(check.level == .failure, "\(check.text)")
        #expect(!check.action.isEmpty)
        #expect(!report.passed)
        #expect(report.reason.contains(spoiling.check.rawValue))
    }

    @Test func `half of nothing spoilt is nothing found`() throws {
        let base = try TriageModel.base()
        let clean = try history(seed: 6)
        let last = clean.first(0.6).report(last: nil, base: base).summary
        for spoiling in Spoiling.allCases where spoiling != .dominance {
            let report = spoiling.applied(to: clean, amount: 0, seed: 6).report(last: last, base: base)
            #expect(report.checks(.failure) == [], "\(spoiling)")
        }
    }

    @Test func `the order of the feedback changes nothing`() throws {
        let base = try TriageModel.base()
        let history = try history(seed: 7)
        var other = history
        other.items.reverse()
        let first = history.report(last: nil, base: base)
        for again in [other.report(last: nil, base: base), history.report(last: nil, base: base)] {
            for (check, same) in zip(first.checks, again.checks) { #expect(check == same) }
            #expect(first.summary == again.summary)
        }
    }

    @Test func `one person alone, and answers only where the model is wrong, are no reason to stop`() throws {
        let base = try TriageModel.base()
        var history = try history(people: 1, seed: 8)
        history.items.removeAll { $0.fields.allSatisfy { $0.provenance == .accepted } }
        let report = history.report(last: nil, base: base)
        #expect(report.checks(.failure) == [])
        #expect(report.checks.first { $0.name == "user-share" }?.level == .warning)
    }

    @Test func `a team with one label of its own passes`() throws {
        let base = try TriageModel.base()
        var history = try history(people: 1, seed: 9)
        history.items = history.items.prefix(60).map { item in
            var item = item
            item.fields[0].value = .text("chore")
            return item
        }
        #expect(history.report(last: nil, base: base).checks(.failure) == [])
    }

    @Test func `labels that look wrong are a note where they are too few to judge, a failure where they are enough`()
        throws
    {
        let base = try TriageModel.base()
        // Labels that have nothing to do with the text.
        var history = try history(seed: 11)
        for index in history.items.indices {
            history.items[index].fields[0].value = .text(["bug", "feature", "question"][index % 3])
        }
        func noise(_ tasks: Int, _ limits: ValidationLimits = ValidationLimits()) throws -> DataCheck {
            var some = history
            some.items = Array(history.items.prefix(tasks))
            let report = some.report(last: nil, base: base, limits: limits)
            return try #require(report.checks.first { $0.name == "label-noise" })
        }
        #expect(try noise(600).level == .failure)
        let few = try noise(150)
        #expect(few.level == .note && few.observed == nil && few.action.isEmpty)
        #expect(few.text.hasPrefix("too few to judge: ") && few.text.contains("200 are needed"), "\(few.text)")
        var limits = ValidationLimits()
        limits.labelNoiseTasks = 100
        #expect(try noise(150, limits).level == .failure)
    }

    @Test func `no feedback at all is a failure that says so, never a crash`() throws {
        let base = try TriageModel.base()
        var history = try history(seed: 10)
        history.items = []
        let report = history.report(last: nil, base: base)
        #expect(report.checks(.failure).map(\.name) == ["minimum-size"])
    }
}
