package import Contracts

/// How an endpoint of Vertex AI is asked.
package struct VertexOptions: Sendable, Hashable {
    /// What a prediction looks like.
    package enum Prediction: String, Sendable, CaseIterable {
        /// An object that is an answer, as a chat model gives it.
        case answer
        /// A text that is such an answer, or an object with it as `content`.
        case text
        /// A classifier's `displayNames` and `confidences`, for the category.
        case classification
    }

    /// `projects/P/locations/L/endpoints/E`.
    package var endpoint: String
    /// The members of an instance, by name.
    package var instance: [String: TaskContent]
    /// Sent as it is; nil for none.
    package var parameters: JSONValue?
    package var prediction: Prediction

    package init(
        endpoint: String, instance: [String: TaskContent] = ["content": .text], parameters: JSONValue? = nil,
        prediction: Prediction = .answer
    ) {
        self.endpoint = endpoint
        self.instance = instance
        self.parameters = parameters
        self.prediction = prediction
    }

    /// Where the endpoint is; nil for a name that isn't one.
    package var location: String? {
        let parts = endpoint.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "projects", parts[2] == "locations", parts[4] == "endpoints",
            parts.allSatisfy({ part in
                !part.isEmpty
                    && part.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                            || ".-_:".utf8.contains(byte)
                    }
            })
        else { return nil }
        return String(parts[3])
    }
}
