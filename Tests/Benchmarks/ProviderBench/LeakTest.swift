import AIAnalyzerProviders
import Contracts
import FaultServer
import FoundationEssentials
import Glibc
import Logging

/// Whether thousands of calls, most of which go wrong, leave anything behind: descriptors, threads, memory.
enum LeakTest {
    private static let answer = """
        {"category":{"value":"bug","confidence":0.9},"reason":"It crashes."}
        """
    private static let piece = ModelServer.event(delta: "{\"content\":\"{\"}")
    private static let faults: [ModelServer.Behaviour] = [
        .answer(answer), .status(500), .answer(answer), .status(429, headers: ["Retry-After: 1"]), .hangBeforeHeaders,
        .answer(answer), .hangAfterHeaders, .drip, .rawStream(piece), .answer(answer), .garbage, .reset, .close,
        .rawStream(piece + "data: {\"error\": {\"message\": \"no memory\"}}\n\n"), .answer("no JSON"),
        .answer(#"{"category":{"value":"owned","confidence":1},"reason":""}"#), .flood(bytes: 100 << 20),
        .status(302, headers: ["Location: http://127.0.0.1:1/"]), .rawAnswer("[]"), .status(401),
    ]
    private static let rounds = 10
    private static let concurrency = 16

    /// Serves every fault in turn until standard input ends; then says how much it was used.
    static func serve() throws {
        let server = try ModelServer(inTurn: faults)
        print(server.baseURL)
        fflush(nil)
        while readLine() != nil {}
        print("server: \(server.callCount) calls over \(server.connectionCount) connections")
    }

    static func run(baseURL: String, calls: Int) async throws {
        let text = """
            {"providers": [{"name": "faulty", "kind": "openai", "base_url": "\(baseURL)",
             "transport": {"maximum_connections": \(concurrency)},
             "versions": [{"name": "v1", "model": "m", "output": "json_schema"}]}]}
            """
        let settings = try ProviderSettingsReader.settings(Array(text.utf8))
        let set = ProviderFactory(logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
            .providers(for: settings)
        guard let provider = set.providers.first else { return }
        var counts: [String: Int] = [:]
        var samples: [Sample] = []
        print("calls  descriptors  threads  resident KiB")
        for round in 1...rounds {
            let found = await outcomes(of: provider, calls: calls / rounds)
            counts.merge(found, uniquingKeysWith: +)
            let sample = Sample.now()
            samples.append(sample)
            print("\(calls / rounds * round)  \(sample.descriptors)  \(sample.threads)  \(sample.residentKiB)")
        }
        for (code, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(code): \(count)") }
        // The first rounds fill caches and the allocator's pools.
        let (early, late) = (samples[2], samples[rounds - 1])
        let isFlat =
            late.descriptors <= early.descriptors + concurrency && late.threads <= early.threads + 2
            && late.residentKiB <= early.residentKiB + 8_192
        print(isFlat ? "flat" : "NOT FLAT")
        if !isFlat { exit(1) }
    }

    private static func outcomes(of provider: any ModelProvider, calls: Int) async -> [String: Int] {
        await withTaskGroup(of: [String].self) { group in
            for index in 0..<concurrency {
                let share = calls / concurrency + (index < calls % concurrency ? 1 : 0)
                group.addTask {
                    var found: [String] = []
                    for _ in 0..<share { found.append(await outcome(of: provider)) }
                    return found
                }
            }
            return await group.reduce(into: [:]) { counts, found in
                for name in found { counts[name, default: 0] += 1 }
            }
        }
    }

    private static func outcome(of provider: any ModelProvider) async -> String {
        let request = ProviderRequest(
            taskID: Identifier(), project: "web", title: "Login crashes",
            body: String(repeating: "It crashes again. ", count: 50), choices: ProviderChoices(categories: ["bug"]),
            story: Story(correlationID: "leak-test"))
        do throws(ProviderError) {
            _ = try await provider.analyse(request, deadline: .milliseconds(500))
            return "answered"
        } catch {
            return error.code.rawValue
        }
    }

    /// What the process holds.
    private struct Sample {
        var descriptors = 0
        var threads = 0
        var residentKiB = 0

        static func now() -> Sample {
            var sample = Sample()
            // Nothing to count where /proc isn't mounted: then the table shows zeros.
            sample.descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
            let status = FileManager.default.contents(atPath: "/proc/self/status").map {
                String(decoding: $0, as: UTF8.self)
            }
            for line in (status ?? "").split(separator: "\n") {
                let number = Int(line.filter(\.isNumber)) ?? 0
                if line.hasPrefix("Threads:") { sample.threads = number }
                if line.hasPrefix("VmRSS:") { sample.residentKiB = number }
            }
            return sample
        }
    }
}
