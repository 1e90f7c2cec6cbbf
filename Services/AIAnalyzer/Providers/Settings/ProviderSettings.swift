package import CurlHTTP

/// The remote models that may be asked: everything of the providers file but secrets, which it only names files of.
package struct ProvidersSettings: Sendable, Hashable {
    /// In the order of the file; names are unique.
    package var providers: [ProviderSettings]
    /// Which versions are asked when one doesn't answer, in order; all by names such as `gateway/2026-11`.
    package var fallbacks: [String: [String]]

    package init(providers: [ProviderSettings] = [], fallbacks: [String: [String]] = [:]) {
        self.providers = providers
        self.fallbacks = fallbacks
    }
}

/// One server and how it is reached.
package struct ProviderSettings: Sendable, Hashable {
    package var name: String
    package var kind: ProviderKind
    /// Without a slash at its end.
    package var baseURL: String
    package var credential: ProviderCredential
    package var transport: HTTPClientConfiguration
    /// In the order of the file; names are unique.
    package var versions: [ProviderVersionSettings]
}

/// Where a provider's key or token comes from.
package enum ProviderCredential: Sendable, Hashable {
    case none
    /// A file that holds nothing else; read again when it changes.
    case file(String)
    /// A metadata server that gives short-lived tokens.
    case metadata(url: String)
}

/// One version of a provider: a model and how it is asked.
package struct ProviderVersionSettings: Sendable, Hashable {
    package var name: String
    /// As the server knows it.
    package var model: String
    /// What it is asked for; the rest of an analysis comes from elsewhere.
    package var fields: Set<ProviderField>
    /// What goes out of a task's title and body at most, in bytes.
    package var maximumTextBytes: Int
    /// What tokens cost; nil where calls are free or paid otherwise.
    package var price: TokenPrice?
    package var options: ProviderOptions
}

/// The parts of an analysis that a provider can give.
package enum ProviderField: String, Sendable, Hashable, CaseIterable {
    case category, priority, effort, labels
}

/// What a million tokens cost, in the operator's currency.
package struct TokenPrice: Sendable, Hashable {
    package var inputPerMillion: Double
    package var outputPerMillion: Double

    package init(inputPerMillion: Double, outputPerMillion: Double) {
        self.inputPerMillion = inputPerMillion
        self.outputPerMillion = outputPerMillion
    }

    /// The cost in millionths of the currency's unit, rounded up.
    package func micros(of usage: TokenUsage) -> Int {
        Int((Double(usage.input) * inputPerMillion + Double(usage.output) * outputPerMillion).rounded(.up))
    }
}

/// What only one kind of provider knows.
package enum ProviderOptions: Sendable, Hashable {
    case openai(OpenAIOptions)
    case kserve(KServeOptions)
    case vertex(VertexOptions)
}

extension ProviderRequest {
    /// The same task, for a version that is asked only for these fields.
    func only(_ fields: Set<ProviderField>) -> ProviderRequest {
        var request = self
        request.choices = choices.only(fields)
        return request
    }
}

extension ProviderChoices {
    /// Only what a version is asked for.
    func only(_ fields: Set<ProviderField>) -> ProviderChoices {
        ProviderChoices(
            categories: fields.contains(.category) ? categories : [],
            priorities: fields.contains(.priority) ? priorities : [],
            labels: fields.contains(.labels) ? labels : [], effort: fields.contains(.effort) ? effort : nil,
            meanings: meanings, aliases: aliases, labelsVersion: labelsVersion)
    }
}
