import Foundation

/// Whether features of history and text make the model's answers better. See `Tests/Benchmarks/features`.
@main
struct FeatureBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 2, let file = arguments.first, let head = arguments.last,
            ["category", "priority"].contains(head)
        else { throw BenchFailure("usage: FeatureBench FILE.jsonl category|priority") }
        try Measurement(issues: try BenchIssue.read(file, label: head), head: head).run()
    }
}
