import Testing
import TriageModel

@Suite struct HeadEvaluatorTests {
    private func rows(_ tasks: [LabelledTask], split: String?, fold: (Int) -> Int? = { _ in nil }) -> [HeadEvaluator
        .Row]
    {
        tasks.enumerated().map { HeadEvaluator.Row(task: $1, split: split, fold: fold($0)) }
    }

    private func evaluator(_ head: HeadKind) -> HeadEvaluator {
        HeadEvaluator(head: head, options: Samples.options())
    }

    @Test func `a head is trained on train and val and judged on test`() throws {
        let tasks = Samples.tasks(36)
        let all = rows(Array(tasks[..<60]), split: "train") + rows(Array(tasks[60..<90]), split: "val")
        let report = try evaluator(.category).evaluate(all + rows(Array(tasks[90...]), split: "test"), byFolds: false)
        #expect(report.trained == 90)
        #expect(report.judged == 18)
        #expect(try #require(report.labels?.meanMacroF1) > 0.8)
        #expect(report.labels?.projects.keys.sorted() == ["mobile", "web"])
        #expect(report.effort == nil)
    }

    @Test func `the folds that rows name are used, each row judged once`() throws {
        let report = try evaluator(.priority).evaluate(
            rows(Samples.tasks(20), split: nil) { $0 % 3 }, byFolds: false)
        #expect(report.judged == 60)
        #expect(report.trained == 40)
        #expect(report.design == "3 folds of the file")
    }

    @Test func `folds are made of the rows that aren't test`() throws {
        let all = rows(Samples.tasks(20), split: "train") + rows(Samples.tasks(4, from: 50), split: "test")
        let report = try evaluator(.effort).evaluate(all, byFolds: true)
        #expect(report.judged == 60)
        #expect(report.design == "5 folds of the training rows")
        // Two values for a third and two thirds of each project's tasks: the median is 2, wrong by 6 for a third.
        #expect(report.plainAnswer == 2)
        #expect(try #require(report.effort?.meanProjectMAE) < 2)
    }

    @Test func `what can't be judged is an error that says why`() throws {
        let tasks = Samples.tasks(12)
        let bugs = tasks.filter { $0.category == "bug" }
        let cases: [([HeadEvaluator.Row], HeadKind, HeadEvaluationError.Code)] = [
            (rows(tasks, split: "train"), .category, .noTestRows),
            (rows(tasks, split: "test"), .category, .noTrainingRows),
            (rows(tasks, split: "train"), .labels, .noLabels),
            (rows(bugs, split: "train") + rows(tasks, split: "test"), .category, .oneLabel),
        ]
        for (rows, head, code) in cases {
            let error = #expect(throws: HeadEvaluationError.self) {
                try evaluator(head).evaluate(rows, byFolds: false)
            }
            #expect(error?.code == code)
        }
    }
}
