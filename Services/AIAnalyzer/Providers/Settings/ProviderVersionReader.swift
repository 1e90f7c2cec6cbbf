import Contracts

/// Reads one version of a provider.
enum ProviderVersionReader {
    private static let common = ["name", "model", "fields", "maximum_text_bytes", "price"]
    private static let openai = [
        "output", "stream", "stream_usage", "maximum_output_tokens", "output_limit_member", "temperature",
    ]
    private static let kserve = ["model_version", "inputs", "outputs"]
    private static let vertex = ["endpoint", "instance", "parameters", "prediction"]

    /// - Parameter kind: nil where it isn't known what else may stand there.
    static func members(_ kind: ProviderKind?) -> [String] {
        switch kind {
        case .openai: common + openai
        case .kserve: common + kserve
        case .vertex: common + vertex
        case nil: common + openai + kserve + vertex
        }
    }

    static func version(_ node: SettingsNode, kind: ProviderKind) -> ProviderVersionSettings {
        let options: ProviderOptions
        let possible: Set<ProviderField>
        switch kind {
        case .openai:
            options = .openai(openAI(node))
            possible = Set(ProviderField.allCases)
        case .kserve:
            let kserve = KServeReader.options(node)
            options = .kserve(kserve)
            possible = kserve.fields
        case .vertex:
            let vertex = VertexReader.options(node)
            options = .vertex(vertex)
            possible = vertex.prediction == .classification ? [.category] : Set(ProviderField.allCases)
        }
        return ProviderVersionSettings(
            name: node.name("name"),
            model: node.text("model", isNeeded: kind != .vertex) ?? "", fields: fields(node, possible),
            maximumTextBytes: node.integer("maximum_text_bytes", default: 12_000, in: 256...65_536),
            price: price(node, kind), options: options)
    }

    private static func fields(_ node: SettingsNode, _ possible: Set<ProviderField>) -> Set<ProviderField> {
        guard node.has("fields") else { return possible }
        let fields = node.texts("fields", count: 1...4).compactMap { text in
            let field = ProviderField(rawValue: text).flatMap { possible.contains($0) ? $0 : nil }
            if field == nil {
                let names = ProviderField.allCases.filter(possible.contains).map(\.rawValue)
                node.fault("fields", "must hold only \(names.joined(separator: ", "))")
            }
            return field
        }
        return Set(fields)
    }

    private static func price(_ node: SettingsNode, _ kind: ProviderKind) -> TokenPrice? {
        guard node.has("price") else { return nil }
        if kind != .openai {
            node.fault("price", "is for openai only: other kinds count no tokens, so that no budget could hold")
        }
        let price = node.node("price", known: ["input_per_million", "output_per_million"])
        for name in ["input_per_million", "output_per_million"] where !price.has(name) {
            price.fault(name, "is needed")
        }
        return TokenPrice(
            inputPerMillion: price.number("input_per_million", in: 0...10_000) ?? 0,
            outputPerMillion: price.number("output_per_million", in: 0...10_000) ?? 0)
    }

    private static func openAI(_ node: SettingsNode) -> OpenAIOptions {
        OpenAIOptions(
            output: node.has("output") ? node.choice("output", default: .jsonSchema) : nil,
            streams: node.flag("stream", default: true), asksForUsage: node.flag("stream_usage", default: true),
            maximumOutputTokens: node.integer("maximum_output_tokens", default: 400, in: 16...16_384),
            outputLimitMember: node.choice("output_limit_member", default: .maxTokens) ?? .maxTokens,
            temperature: node.has("temperature") ? node.number("temperature", in: 0...2) : 0)
    }
}
