import AIAnalyzerProviders
import Contracts
import FaultServer
import FoundationEssentials
import Logging

/// An answer to `choices` that is right in every respect.
let goodAnswer = """
    {"category":{"value":"bug","confidence":0.9},"priority":{"value":"high","confidence":0.6},\
    "effort":{"points":3,"confidence":0.5},"labels":[{"value":"login","confidence":0.7}],\
    "reason":"The login crashes."}
    """

let choices = ProviderChoices(
    categories: ["bug", "feature", "question"], priorities: ["low", "high"], labels: ["login", "ui"], effort: 1...13)

func makeRequest(title: String = "Login crashes", body: String = "Since this morning.") -> ProviderRequest {
    ProviderRequest(
        taskID: Identifier(), project: "web", title: title, body: body, choices: choices,
        story: Story(correlationID: "story-7"))
}

/// A file in the temporary folder, for as long as the test holds it.
final class TemporaryFile: Sendable {
    let path: String

    init(_ text: String) throws {
        path = "/tmp/triageloop-test-" + UUID().uuidString.lowercased()
        try write(text)
    }

    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    deinit {
        // A file left in the temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }
}

func readSettings(_ text: String) throws -> ProvidersSettings { try ProviderSettingsReader.settings(Array(text.utf8)) }

/// The only provider of a settings file.
func makeProvider(_ text: String) throws -> any ModelProvider {
    let set = ProviderFactory(logger: Logger(label: "test")).providers(for: try readSettings(text))
    guard let provider = set.providers.first else { throw NoProvider() }
    return provider
}

struct NoProvider: Error {}

/// Settings of one `openai` provider at a test's server.
func openAISettings(_ server: ModelServer, version: String = "", provider: String = "") -> String {
    openAISettings(baseURL: server.baseURL, version: version, provider: provider)
}

/// Settings of one `openai` provider at an address.
func openAISettings(baseURL: String, version: String = "", provider: String = "") -> String {
    """
    {"providers": [{"name": "gateway", "kind": "openai", "base_url": "\(baseURL)"\(provider),
     "transport": {"first_byte_timeout": "5s", "idle_timeout": "5s", "maximum_response_bytes": 1048576},
     "versions": [{"name": "v1", "model": "asked-1"\(version)}]}]}
    """
}

func failure(of provider: any ModelProvider, _ request: ProviderRequest, deadline: Duration = .seconds(20)) async
    -> ProviderError?
{
    do throws(ProviderError) {
        _ = try await provider.analyse(request, deadline: deadline)
        return nil
    } catch {
        return error
    }
}
