import Contracts
import RetrainingTriggerCore
import SpoiltData
import Testing
import TriageModel

@Suite struct ValidationReportTests {
    private func spoilt(_ limits: ValidationLimits = ValidationLimits()) throws -> ValidationReport {
        let base = try TriageModel.base()
        let history = TeamHistory(SampleTasks.make(300, seed: 2), seed: 2, model: base)
        return Spoiling.emptyTexts.applied(to: history, amount: 0.1, seed: 2).report(
            last: nil, base: base, limits: limits)
    }

    @Test func `a failure that a person takes for right warns and says so`() throws {
        let report = try spoilt()
        #expect(report.checks(.failure).map(\.name) == ["empty-text"])
        let accepted = report.accepting(["empty-text", "nothing-of-the-kind"])
        #expect(accepted.passed)
        let check = try #require(accepted.checks.first { $0.name == "empty-text" })
        #expect(check.level == .warning && check.text.hasPrefix("accepted by"))
        #expect(!report.accepting(["label-drift"]).passed)
    }

    @Test func `limits decide`() throws {
        var limits = ValidationLimits()
        limits[.emptyText] = CheckLimit(0.02, 0.5)
        let report = try spoilt(limits)
        #expect(report.passed)
        #expect(report.checks(.warning).map(\.name) == ["empty-text"])
        #expect(report.checks.first { $0.name == "empty-text" }?.limit == 0.02)
    }

    @Test func `every check fits into the event that tells of it`() throws {
        let report = try spoilt()
        let event = TrainingChanged(
            trainingID: Identifier(), state: .rejected, reason: String(report.reason.prefix(2_000)), examples: 1,
            checks: report.checks, changedAt: .now)
        #expect(event.brokenRules() == [])
        #expect(try ContractJSON.encode(event).count < 32_768)
    }

    @Test func `a report and its limits are read as they were written`() throws {
        let report = try spoilt()
        #expect(try ContractJSON.decode(ValidationReport.self, from: try ContractJSON.encode(report)) == report)
        var limits = ValidationLimits()
        limits[.labelDrift] = CheckLimit(0.2, 0.3)
        #expect(try ContractJSON.decode(ValidationLimits.self, from: try ContractJSON.encode(limits)) == limits)
    }

    @Test func `a person can accept the failure of every check, and of nothing else`() {
        #expect(DataCheck.names == CheckName.allCases.map(\.rawValue))
        #expect(TrainingDraft(reason: "x", accept: DataCheck.names).brokenRules() == [])
        let broken = TrainingDraft(reason: "x", accept: ["label-drift", "label-nose"]).brokenRules()
        #expect(broken.map(\.pointer) == ["/accept"] && broken.map(\.code) == [.invalidField])
        #expect(broken.first?.detail.contains("label-noise") == true)
    }

    @Test(arguments: CheckName.allCases)
    func `every check has a meaning, an action and limits within their bounds`(check: CheckName) {
        #expect(!check.meaning.isEmpty && check.meaning.unicodeScalars.count < 300)
        #expect(!check.action.isEmpty && check.action.unicodeScalars.count < 300)
        let limits = ValidationLimits.defaults(check)
        #expect(ValidationLimits.bounds(check).contains(limits.warning))
        if let failure = limits.failure {
            #expect(ValidationLimits.bounds(check).contains(failure))
            #expect(check.isLowBad ? failure <= limits.warning : failure >= limits.warning)
        }
    }
}
