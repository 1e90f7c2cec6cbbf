import Glibc

/// Measures of the remote providers; see `Tests/Benchmarks/providers`.
@main
struct ProviderBench {
    static func main() async throws {
        switch CommandLine.arguments.dropFirst().first {
        case "suspicions": try SuspicionRate.run(lines: AnyIterator { readLine() })
        default:
            print("usage: ProviderBench suspicions < tasks.jsonl")
            exit(64)
        }
    }
}
