/// A model somewhere else that analyses a task: one version of one configured provider.
///
/// A provider is only the call and the checking of its answer. Whether to call, how often, for how much money and what
/// to do when it fails belongs to the ladder.
package protocol ModelProvider: Sendable {
    /// Which version of which provider this is.
    var identity: ProviderIdentity { get }

    /// The most tokens that one call with this request can spend; what a budget reserves before it.
    ///
    /// An upper bound, not a guess: no tokeniser makes more tokens of a text than it has bytes.
    func mostTokens(for request: ProviderRequest) -> TokenUsage

    /// Asks once for an analysis of the task.
    ///
    /// Never repeats a call that may have been paid for. Cancelling the task ends the call at once.
    /// - Parameters:
    ///   - deadline: for everything together, from now on: waiting for a connection, a token, the whole answer.
    ///   - onProgress: called in order, from the calling task, as text arrives; providers that don't stream never
    ///     call it. It must not block.
    /// - Returns: an answer that keeps to the request's choices, ranges and bounds.
    /// - Throws: `ProviderError`, for an answer that keeps to none of them too.
    func analyse(
        _ request: ProviderRequest, deadline: Duration, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> ProviderAnswer
}

extension ModelProvider {
    /// Asks once, without looking at progress.
    package func analyse(
        _ request: ProviderRequest, deadline: Duration
    ) async throws(ProviderError) -> ProviderAnswer {
        try await analyse(request, deadline: deadline) { _ in }
    }
}

/// The names of one version of one provider, as the settings give them.
package struct ProviderIdentity: Hashable, Sendable, CustomStringConvertible {
    /// What kind of interface it speaks.
    package var kind: ProviderKind
    /// The provider's name in the settings, such as `gateway`.
    package var name: String
    /// The version's name in the settings, such as `2026-11`.
    package var version: String
    /// The model that is asked for, as the server knows it.
    package var model: String

    package init(kind: ProviderKind, name: String, version: String, model: String) {
        self.kind = kind
        self.name = name
        self.version = version
        self.model = model
    }

    /// Provider and version, such as `gateway/2026-11`: unique among the configured ones.
    package var description: String { "\(name)/\(version)" }
}

/// The interfaces that remote models are reached by.
package enum ProviderKind: String, Codable, CaseIterable, Sendable {
    /// Chat completions of any server that is compatible with OpenAI's.
    case openai
    /// The Open Inference Protocol, version 2, over REST.
    case kserve
    /// An endpoint of Vertex AI.
    case vertex

    /// `gen_ai.provider.name` of the OpenTelemetry conventions.
    package var telemetryName: String {
        switch self {
        case .openai: "openai"
        case .kserve: "kserve"
        case .vertex: "gcp.vertex_ai"
        }
    }
}
