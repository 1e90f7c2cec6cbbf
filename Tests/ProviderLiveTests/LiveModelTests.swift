import AIAnalyzerProviders
import Contracts
import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

/// Where `deploy/local/llm` runs, or nothing.
private let address = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_LLM_URL"] ?? ""
private let pid = pid_t(ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_LLM_PID"] ?? "") ?? 0

private let choices = ProviderChoices(categories: ["bug", "feature", "question"])

private func makeRequest(_ title: String, _ body: String) -> ProviderRequest {
    ProviderRequest(
        taskID: Identifier(), project: "web", title: title, body: body, choices: choices,
        story: Story(correlationID: "live"))
}

private func makeProvider(_ version: String = "") throws -> any ModelProvider {
    let text = """
        {"providers": [{"name": "local", "kind": "openai", "base_url": "\(address)",
         "transport": {"first_byte_timeout": "120s", "idle_timeout": "60s"},
         "versions": [{"name": "v1", "model": "smollm2", "fields": ["category"], "maximum_output_tokens": 120\(version)}]}]}
        """
    let settings = try ProviderSettingsReader.settings(Array(text.utf8))
    return try #require(ProviderFactory(logger: Logger(label: "live")).providers(for: settings).providers.first)
}

/// The protocol with a real server: llama.cpp's, with a very small model. What it answers is poor, and isn't looked at.
@Suite(
    .serialized, .enabled(if: !address.isEmpty, "SKIPPED: TRIAGELOOP_TEST_LLM_URL names no server (deploy/local/llm)"))
struct LiveModelTests {
    @Test func `a task is analysed, streamed, and bound to the list`() async throws {
        let provider = try makeProvider()
        let tasks = [
            ("The login page crashes", "Since version 2 it crashes with a null pointer."),
            ("Add a dark mode", "It would be nice to have one."), ("How do I export my data?", "Is there a way?"),
        ]
        var answered = 0
        for (title, body) in tasks {
            let steps = Mutex<[ProviderProgress]>([])
            do throws(ProviderError) {
                let answer = try await provider.analyse(makeRequest(title, body), deadline: .seconds(180)) { step in
                    steps.withLock { $0.append(step) }
                }
                #expect(choices.categories.contains(answer.category?.value ?? ""))
                #expect(answer.servedModel == "smollm2")
                answered += 1
            } catch {
                // The grammar binds names, not numbers: so small a model may be surer than sure, or never come to an end.
                #expect([.badAnswer, .truncated].contains(error.code), "\(error)")
            }
            let deltas = steps.withLock { $0 }
            #expect(deltas.count > 5)
            #expect(deltas.map(\.textDelta).joined().hasPrefix("{"))
        }
        #expect(answered > 0)
    }

    @Test func `a form that the server doesn't know is its refusal, and a known one is found`() async throws {
        let fixed = try makeProvider(", \"output\": \"json_schema\"")
        do throws(ProviderError) {
            _ = try await fixed.analyse(makeRequest("The login page crashes", ""), deadline: .seconds(60))
            Issue.record("llama.cpp's Python server knows json_schema now: say so in OpenAIDialect")
        } catch {
            #expect(error.code == .serverError || error.code == .rejected)
            #expect(error.reason.contains("response_format"))
        }
    }

    @Test func `a cancelled call leaves the server free for the next`() async throws {
        let provider = try makeProvider(", \"output\": \"json_object_schema\"")
        let (firsts, first) = AsyncStream<Void>.makeStream()
        let task = Task { () throws(ProviderError) in
            try await provider.analyse(makeRequest("Crash", "It crashes."), deadline: .seconds(120)) { _ in
                first.yield()
                first.finish()
            }
        }
        for await _ in firsts {}
        task.cancel()
        let result = await task.result
        #expect(throws: ProviderError.self) { try result.get() }
        let steps = Mutex(0)
        do throws(ProviderError) {
            _ = try await provider.analyse(makeRequest("Crash", "It crashes."), deadline: .seconds(120)) { _ in
                steps.withLock { $0 += 1 }
            }
        } catch {
            #expect([.badAnswer, .truncated].contains(error.code), "\(error)")
        }
        #expect(steps.withLock { $0 } > 5)
    }

    @Test(.enabled(if: pid > 1, "SKIPPED: TRIAGELOOP_TEST_LLM_PID names no process"))
    func `a server that is stopped costs no more than the deadline, and is well again afterwards`() async throws {
        let provider = try makeProvider(", \"output\": \"json_object_schema\"")
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        let start = ContinuousClock.now
        do throws(ProviderError) {
            _ = try await provider.analyse(makeRequest("Crash", "It crashes."), deadline: .seconds(1))
            Issue.record("a stopped server answered")
        } catch {
            #expect(error.code == .timeout)
            #expect(error.mayHaveSpentTokens)
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        kill(pid, SIGCONT)
        let steps = Mutex(0)
        do throws(ProviderError) {
            _ = try await provider.analyse(makeRequest("Crash", "It crashes."), deadline: .seconds(180)) { _ in
                steps.withLock { $0 += 1 }
            }
        } catch {
            #expect([.badAnswer, .truncated].contains(error.code), "\(error)")
        }
        #expect(steps.withLock { $0 } > 5)
    }
}
