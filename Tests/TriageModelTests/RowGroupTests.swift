import Testing
import TriageModel

@Suite struct RowGroupTests {
    @Test func `solvers see the same products of tasks whether rows are grouped or not`() {
        let tasks = Samples.tasks(24)
        let whole = Trainer.products(of: tasks, part: Array(tasks.indices), options: Self.options)
        #expect(whole.rows.count == tasks.count * tasks.count)
        #expect(Self.largestGap(whole.rows, whole.groups) < 1e-4)
        #expect(whole.groupCount * 2 < whole.rowCount, "\(whole.groupCount) groups of \(whole.rowCount) rows")
    }

    @Test func `the groups of all tasks hold for a part of them, whose words are counted anew`() {
        let tasks = Samples.tasks(24)
        let part = tasks.indices.filter { $0 % 3 != 0 }
        let products = Trainer.products(of: tasks, part: part, options: Self.options)
        #expect(products.rows.count == part.count * part.count)
        #expect(Self.largestGap(products.rows, products.groups) < 1e-4)
        // Not all alike, which would be equal in any case.
        #expect(Set(products.rows.map { ($0 * 100).rounded() }).count > 10)
    }

    /// So many rows that hardly two features share one.
    private static var options: TrainingOptions {
        var options = Samples.options()
        options.layout = .standard
        return options
    }

    private static func largestGap(_ first: [Float], _ second: [Float]) -> Float {
        zip(first, second).map { abs($0 - $1) }.max() ?? .infinity
    }
}
