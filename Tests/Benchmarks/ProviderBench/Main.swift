import Glibc

/// Measures of the remote providers; see `Tests/Benchmarks/providers`.
@main
struct ProviderBench {
    static func main() async throws {
        switch CommandLine.arguments.dropFirst().first {
        case "suspicions": try SuspicionRate.run(lines: AnyIterator { readLine() })
        case "serve": try LeakTest.serve()
        case "leaks" where CommandLine.arguments.count == 4:
            try await LeakTest.run(baseURL: CommandLine.arguments[2], calls: Int(CommandLine.arguments[3]) ?? 0)
        default:
            print("usage: ProviderBench suspicions < tasks.jsonl | serve | leaks URL CALLS")
            exit(64)
        }
    }
}
