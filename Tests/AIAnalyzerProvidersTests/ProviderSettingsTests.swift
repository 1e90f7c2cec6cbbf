import AIAnalyzerProviders
import CurlHTTP
import FaultServer
import FoundationEssentials
import Logging
import Testing

private func faults(_ text: String) -> [String] {
    do throws(ProviderSettingsError) {
        _ = try ProviderSettingsReader.settings(Array(text.utf8))
        return []
    } catch {
        return error.faults.map(\.pointer)
    }
}

private func one(_ members: String, version: String = "\"name\": \"v1\", \"model\": \"m\"") -> String {
    "{\"providers\": [{\"name\": \"a\", \"kind\": \"openai\", \"base_url\": \"https://models.example/v1\"\(members), "
        + "\"versions\": [{\(version)}]}]}"
}

@Suite struct ProviderSettingsTests {
    @Test func `the example of the documentation is right`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/examples/providers.json")
        let settings = try ProviderSettingsReader.settings(Array(try Data(contentsOf: path)))
        #expect(settings.providers.map(\.kind) == [.openai, .kserve, .vertex])
        #expect(settings.providers[0].versions.count == 2)
        #expect(settings.providers[2].baseURL == "https://europe-west4-aiplatform.googleapis.com")
    }

    @Test func `what isn't said has a bound`() throws {
        let provider = try readSettings(one("")).providers[0]
        #expect(provider.credential == .none)
        #expect(provider.transport.firstByteTimeout == .seconds(30))
        #expect(provider.transport.idleTimeout == .seconds(15))
        #expect(provider.transport.maximumStreamBytes == 8 << 20)
        #expect(!provider.transport.resendsOnLostConnection)
        #expect(provider.versions[0].maximumTextBytes == 12_000)
        #expect(provider.versions[0].fields == Set(ProviderField.allCases))
    }

    @Test func `every fault is found at once, each with its place`() {
        let found = faults(
            """
            {"provider": [], "providers": [
              {"name": "a b", "kind": "openai", "base_url": "ftp://x", "api_key": "sk-1",
               "transport": {"connect_timeout": "5", "idle_timeout": "1h", "maximum_connections": 0, "proxy": "x"},
               "versions": [{"name": "v1", "model": "m", "temperature": 3, "stream": "yes", "output": "xml"},
                            {"name": "v1", "model": ""}, 7]},
              {"name": "a b", "kind": "magic", "base_url": "https://x", "versions": []},
              {"name": "k", "kind": "kserve", "base_url": "https://x", "key_file": "relative", "token_file": "/t",
               "versions": [{"name": "v", "model": "m", "inputs": [{"name": "a", "content": "all"}], "outputs": {}}]},
              {"name": "g", "kind": "vertex", "token_url": "http://elsewhere.example/t",
               "versions": [{"name": "v", "endpoint": "projects/p/endpoints/e", "prediction": "classification",
                             "fields": ["category", "effort"]}]}]}
            """)
        for pointer in [
            "/provider", "/providers/0/name", "/providers/0/base_url", "/providers/0/api_key",
            "/providers/0/transport/connect_timeout", "/providers/0/transport/idle_timeout",
            "/providers/0/transport/maximum_connections", "/providers/0/transport/proxy",
            "/providers/0/versions/0/temperature", "/providers/0/versions/0/stream", "/providers/0/versions/0/output",
            "/providers/0/versions/1/name", "/providers/0/versions/1/model", "/providers/0/versions/2",
            "/providers/1/kind", "/providers/1/name", "/providers/1/versions", "/providers/2/key_file",
            "/providers/2/token_file", "/providers/2/versions/0/inputs/0/content", "/providers/2/versions/0/outputs",
            "/providers/3/token_url", "/providers/3/versions/0/endpoint", "/providers/3/versions/0/fields",
        ] {
            #expect(found.contains(pointer), "\(pointer) is not among \(found)")
        }
    }

    @Test(arguments: [
        "", "[]", "{", "{\"providers\": []} x", "{\"providers\": [], \"providers\": []}", "{\"providers\": {}}",
    ])
    func `what is no such file is refused as a whole`(text: String) {
        #expect(!faults(text).isEmpty)
    }

    @Test func `the example for a small local model is right`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/examples/local-llm.json")
        let settings = try ProviderSettingsReader.settings(Array(try Data(contentsOf: path)))
        #expect(settings.providers.map(\.baseURL) == ["http://127.0.0.1:24800/v1"])
    }

    @Test func `a file without a provider is a fault that says how many there may be`() {
        do throws(ProviderSettingsError) {
            _ = try ProviderSettingsReader.settings(Array("{\"providers\": []}".utf8))
            Issue.record("read")
        } catch {
            #expect(error.description.contains("must be a list of 1 to 20 objects"), "\(error)")
        }
    }

    @Test func `a fault never shows a value`() {
        do throws(ProviderSettingsError) {
            _ = try ProviderSettingsReader.settings(Array(one(", \"key_file\": \"sk-secret\"").utf8))
            Issue.record("read")
        } catch {
            #expect(!error.description.contains("sk-secret"))
        }
    }

    @Test func `a secret goes without TLS to this machine only, unless that is wanted`() {
        func file(_ url: String, _ more: String = "") -> String {
            one(", \"key_file\": \"/k\"\(more)").replacing("https://models.example/v1", with: url)
        }
        #expect(faults(file("http://models.example/v1")) == ["/providers/0/base_url"])
        #expect(faults(file("http://127.0.0.1:80/v1")) == [])
        #expect(faults(file("http://[::1]:80/v1")) == [])
        #expect(faults(file("http://models.example/v1", ", \"allow_plain_http\": true")) == [])
        #expect(faults(file("https://user:word@models.example/v1")) == ["/providers/0/base_url"])
        #expect(faults(one("").replacing("https://", with: "http://")) == [])
    }

    @Test(arguments: [
        "http://127.0.0.1:99999/v1", "http://127.0.0.1:/v1", "http://127.0.0.1:x/v1", "http://[::1]x/v1",
        "http://127.evil.example.com/v1", "http://127.0.0.256/v1",
    ])
    func `a port that is none, and a name that only begins like this machine's address, are faults`(url: String) {
        #expect(throws: ProviderSettingsError.self) {
            try readSettings(openAISettings(baseURL: url, provider: ", \"key_file\": \"/run/key\""))
        }
    }

    @Test func `a price where no tokens are counted is a fault`() {
        let text = """
            {"providers": [{"name": "own", "kind": "kserve", "base_url": "http://127.0.0.1:1",
              "versions": [{"name": "v1", "model": "m", "price": {"input_per_million": 1, "output_per_million": 1}}]}]}
            """
        let error = #expect(throws: ProviderSettingsError.self) { try readSettings(text) }
        #expect(error?.faults.contains { $0.pointer.hasSuffix("/price") } == true)
    }

    @Test func `a price is in the currency's millionths, rounded up`() {
        let price = TokenPrice(inputPerMillion: 0.15, outputPerMillion: 0.6)
        #expect(price.micros(of: TokenUsage(input: 1_000, output: 100)) == 210)
        #expect(price.micros(of: TokenUsage(input: 1, output: 0)) == 1)
        #expect(price.micros(of: .zero) == 0)
    }
}

private func object(_ provider: any ModelProvider) -> ObjectIdentifier { ObjectIdentifier(provider as AnyObject) }

@Suite struct ProviderFactoryTests {
    private let factory = ProviderFactory(logger: Logger(label: "test"))

    private func settings(_ server: ModelServer, versions: [String], timeout: String = "5s") throws -> ProvidersSettings
    {
        let list = versions.map { "{\"name\": \"\($0)\", \"model\": \"m-\($0)\"}" }.joined(separator: ",")
        return try readSettings(
            """
            {"providers": [{"name": "a", "kind": "openai", "base_url": "\(server.baseURL)",
             "transport": {"idle_timeout": "\(timeout)"}, "versions": [\(list)]}]}
            """)
    }

    @Test func `a reload keeps what didn't change, with its connection`() async throws {
        let server = try ModelServer(.answer(goodAnswer))
        let first = factory.providers(for: try settings(server, versions: ["v1"]))
        let old = try #require(first.provider(named: "a/v1"))
        _ = try await old.analyse(makeRequest(), deadline: .seconds(20))
        let second = factory.providers(for: try settings(server, versions: ["v1", "v2"]), keeping: first)
        let kept = try #require(second.provider(named: "a/v1"))
        let new = try #require(second.provider(named: "a/v2"))
        #expect(object(kept) == object(old))
        _ = try await new.analyse(makeRequest(), deadline: .seconds(20))
        #expect(server.connectionCount <= 2)
        #expect(second.providers.map(\.identity.description) == ["a/v1", "a/v2"])
        #expect(new.identity.model == "m-v2")
    }

    @Test func `what changed is made anew, and the old one ends its calls`() async throws {
        let server = try ModelServer(.hangBeforeHeaders)
        let first = factory.providers(for: try settings(server, versions: ["v1"]))
        let old = try #require(first.provider(named: "a/v1"))
        async let call = failure(of: old, makeRequest(), deadline: .milliseconds(500))
        let second = factory.providers(for: try settings(server, versions: ["v1"], timeout: "6s"), keeping: first)
        let new = try #require(second.provider(named: "a/v1"))
        #expect(object(new) != object(old))
        #expect(await call?.code == .timeout)
        #expect(factory.providers(for: ProvidersSettings(), keeping: second).providers.isEmpty)
    }
}
