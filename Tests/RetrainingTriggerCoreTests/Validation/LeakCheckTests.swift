import Contracts
import RetrainingTriggerCore
import SpoiltData
import Testing
import TriageModel

@Suite struct LeakCheckTests {
    private func check(_ change: (inout TrueTask, Int) -> Void) throws -> DataCheck {
        let base = try TriageModel.base()
        var tasks = SampleTasks.make(300, seed: 3)
        for index in tasks.indices { change(&tasks[index], index) }
        let report = TeamHistory(tasks, seed: 3, model: base).report(last: nil, base: base)
        return try #require(report.checks.first { $0.name == "label-leak" })
    }

    @Test func `a word that honest bugs have is no leak`() throws {
        let check = try check { task, index in
            if task.category == "bug", index % 5 < 2 { task.title += " and then a segfault" }
        }
        #expect(check.level == .ok, "\(check.text)")
    }

    @Test(arguments: ["[Bug] ", "(bug) ", "Bug: ", "#bug "])
    func `a title that names its label is`(mark: String) throws {
        let check = try check { task, _ in if task.category == "bug" { task.title = mark + task.title } }
        #expect(check.level == .failure)
        #expect(check.text.contains("bug"))
    }

    @Test(arguments: ["label: bug", "**Type**: Bug", "- kind = bug"])
    func `so is a line that says it`(line: String) throws {
        let check = try check { task, _ in if task.category == "bug" { task.body += "\n\(line)\n" } }
        #expect(check.level == .failure)
    }

    @Test func `a mark that names another thing only warns`() throws {
        let check = try check { task, _ in if task.category == "bug" { task.title = "[Automated] " + task.title } }
        #expect(check.level == .warning)
    }

    @Test func `a mark that all labels carry alike gives nothing away`() throws {
        let check = try check { task, _ in task.title = "[Bug] " + task.title }
        #expect(check.level == .ok, "\(check.text)")
    }
}
