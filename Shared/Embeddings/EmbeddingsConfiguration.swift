package import struct Resilience.Backoff
package import struct Resilience.RetryPolicy

/// Where embeddings come from and within which bounds.
package struct EmbeddingsConfiguration: Sendable {
    /// How the server is asked to write numbers; an answer may come in either form.
    package enum Encoding: String, Sendable, CaseIterable {
        /// Little-endian 32-bit floats in base64, a third of the bytes of decimal digits.
        case base64
        case float
    }

    /// An OpenAI-compatible `…/v1/embeddings`.
    package let url: String
    /// Name of the model, as the server knows it; vectors of different names never meet.
    package let model: String
    /// Sent as `Authorization: Bearer`; nil for a server that wants none.
    package var apiKey: String?
    package var encoding = Encoding.base64
    /// Asks for vectors of so many numbers, of models that can shorten theirs; nil takes what comes.
    package var dimensions: Int?
    /// Texts in one request, 1 to 2,048.
    package var batchSize = 64
    /// Requests at the same time, 1 to 16.
    package var maximumConcurrentRequests = 2
    /// Bytes of a text that are sent, 64 to 65,536; cut between characters.
    package var maximumTextBytes = 8_192
    /// For all of one call of `embed`, repetitions and waits included.
    package var deadline: Duration = .seconds(10)
    /// For one request, within the deadline.
    package var requestTimeout: Duration = .seconds(5)
    /// Attempts for one batch, 1 to 10, and the waits between them.
    package var retry = RetryPolicy(
        attempts: 3, backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(2)))
    /// A longer answer is an error, 1 KiB to 256 MiB; a batch of 64 vectors of 3,072 numbers has 4 MiB in digits.
    package var maximumResponseBytes = 16 << 20
    /// PEM file of the authorities to trust in place of the system's.
    package var caFile: String?

    /// - Parameter url: the address of the endpoint, or of the server (`http://host:1234`) or its API
    ///   (`https://host/v1`), to which the rest is added.
    package init(url: String, model: String, apiKey: String? = nil) {
        self.url = Self.endpoint(url)
        self.model = model
        self.apiKey = apiKey
    }

    /// The address of the endpoint from what people write.
    static func endpoint(_ url: String) -> String {
        var text = Substring(url)
        while text.hasSuffix("/") { text = text.dropLast() }
        if text.hasSuffix("/embeddings") { return String(text) }
        if text.hasSuffix("/v1") { return text + "/embeddings" }
        let afterScheme = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text
        return afterScheme.contains("/") ? text + "/embeddings" : text + "/v1/embeddings"
    }

    /// What is wrong with the values, in a sentence each; empty when they can be used.
    package var faults: [String] {
        var faults: [String] = []
        func check(_ isFine: Bool, _ fault: String) { if !isFine { faults.append(fault) } }
        let isWeb = url.hasPrefix("http://") || url.hasPrefix("https://")
        check(isWeb && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "the address must be http:// or https://")
        check((1...256).contains(model.utf8.count), "the model's name must have 1 to 256 bytes")
        check(
            apiKey.map { (1...4_096).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } } ?? true,
            "the key must be 1 to 4,096 visible ASCII characters")
        check(dimensions.map { (1...8_192).contains($0) } ?? true, "dimensions must be 1 to 8,192")
        check((1...2_048).contains(batchSize), "the batch size must be 1 to 2,048")
        check((1...16).contains(maximumConcurrentRequests), "requests at the same time must be 1 to 16")
        check((64...65_536).contains(maximumTextBytes), "the bytes of a text must be 64 to 65,536")
        check(deadline > .zero && deadline <= .seconds(3_600), "the deadline must be above 0 and at most an hour")
        check(
            requestTimeout > .zero && requestTimeout <= .seconds(3_600),
            "the timeout must be above 0 and at most an hour")
        check((1...10).contains(retry.attempts), "attempts must be 1 to 10")
        check(
            (1_024...(256 << 20)).contains(maximumResponseBytes), "the bytes of an answer must be 1,024 to 268,435,456")
        return faults
    }
}
