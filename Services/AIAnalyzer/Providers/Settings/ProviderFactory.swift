import AccessTokens
import CurlHTTP
package import Logging

/// Makes providers out of settings, and keeps what didn't change from one reload to the next.
///
/// A provider that is kept stays the same object, with its warm connections and what it learned of its server. One that
/// goes away finishes the calls that are under way.
package struct ProviderFactory: Sendable {
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    /// The providers of these settings.
    /// - Parameter previous: what was made before; whatever is set up the same is taken from there.
    package func providers(for settings: ProvidersSettings, keeping previous: ProviderSet = .none) -> ProviderSet {
        var made = ProviderSet.none
        for provider in settings.providers {
            let reach = Reach(provider)
            let link = previous.links[reach] ?? made.links[reach] ?? link(for: reach)
            made.links[reach] = link
            for version in provider.versions {
                let key = ProviderSet.Key(
                    reach: reach, identity: identity(provider, version), settings: version)
                let one = previous.made[key] ?? self.provider(key, over: link)
                made.made[key] = one
                made.providers.append(one)
            }
        }
        return made
    }

    /// What versions share: one client with its connections, and one source of tokens.
    struct Link: Sendable {
        let call: ProviderCall
    }

    /// What a link depends on.
    struct Reach: Hashable, Sendable {
        let baseURL: String
        let credential: ProviderCredential
        let transport: HTTPClientConfiguration

        init(_ settings: ProviderSettings) {
            baseURL = settings.baseURL
            credential = settings.credential
            transport = settings.transport
        }
    }

    private func identity(_ provider: ProviderSettings, _ version: ProviderVersionSettings) -> ProviderIdentity {
        ProviderIdentity(kind: provider.kind, name: provider.name, version: version.name, model: version.model)
    }

    private func link(for reach: Reach) -> Link {
        let client = HTTPClient(configuration: reach.transport, logger: logger)
        let token: any TokenSource =
            switch reach.credential {
            case .none: FileToken(path: nil)
            case .file(let path): FileToken(path: path)
            case .metadata(let url): MetadataToken(url: url, client: tokenClient(url, reach, sharing: client))
            }
        return Link(call: ProviderCall(client: client, token: token))
    }

    /// A metadata server of this machine is reached without the proxy that leads to the provider.
    private func tokenClient(_ url: String, _ reach: Reach, sharing client: HTTPClient) -> HTTPClient {
        guard reach.transport.proxy != .none, URLParts(url)?.isNear == true else { return client }
        var direct = reach.transport
        direct.proxy = .none
        return HTTPClient(configuration: direct, logger: logger)
    }

    private func provider(_ key: ProviderSet.Key, over link: Link) -> any ModelProvider {
        let (identity, settings, url) = (key.identity, key.settings, key.reach.baseURL)
        switch settings.options {
        case .openai(let options):
            return OpenAIProvider(
                identity: identity, settings: settings, options: options, baseURL: url, call: link.call)
        case .kserve(let options):
            return KServeProvider(
                identity: identity, settings: settings, options: options, baseURL: url, call: link.call)
        case .vertex(let options):
            return VertexProvider(
                identity: identity, settings: settings, options: options, baseURL: url, call: link.call)
        }
    }
}

/// All versions of all providers, ready to be asked.
package struct ProviderSet: Sendable {
    /// No provider at all.
    package static let none = ProviderSet()

    /// In the order of the settings.
    package fileprivate(set) var providers: [any ModelProvider] = []
    fileprivate var made: [Key: any ModelProvider] = [:]
    fileprivate var links: [ProviderFactory.Reach: ProviderFactory.Link] = [:]

    struct Key: Hashable, Sendable {
        let reach: ProviderFactory.Reach
        let identity: ProviderIdentity
        let settings: ProviderVersionSettings
    }

    /// The version of that name, such as `gateway/2026-11`.
    package func provider(named name: String) -> (any ModelProvider)? {
        providers.first { $0.identity.description == name }
    }

    /// What a version's tokens cost; nil where nothing says so.
    package func price(of identity: ProviderIdentity) -> TokenPrice? {
        made.keys.first { $0.identity == identity }?.settings.price
    }
}
