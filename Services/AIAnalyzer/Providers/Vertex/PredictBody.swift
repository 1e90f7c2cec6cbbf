package import Contracts

/// Bodies of Vertex AI's `projects.locations.endpoints.predict`, version 1.
package enum PredictBody {
    /// The request: one instance.
    package static func request(
        for request: ProviderRequest, settings: ProviderVersionSettings, options: VertexOptions
    ) -> JSONValue {
        let contents = TaskContents(request, settings: settings)
        var body: [String: JSONValue] = [
            "instances": [.object(options.instance.mapValues { .string(contents.text(of: $0)) })]
        ]
        if let parameters = options.parameters { body["parameters"] = parameters }
        return .object(body)
    }

    /// Why an answer can't be used.
    struct Fault: Error {
        let reason: String
    }

    /// The only prediction, in the form of `AnswerSchema`.
    static func answer(
        _ response: JSONValue, prediction: VertexOptions.Prediction
    ) throws(Fault) -> JSONValue {
        guard let predictions = response["predictions"]?.elements, predictions.count == 1 else {
            throw Fault(reason: "the answer is not one prediction")
        }
        switch prediction {
        case .answer: return predictions[0]
        case .text:
            guard let text = predictions[0].stringValue ?? predictions[0]["content"]?.stringValue,
                let value = StrictJSON.value(text)
            else { throw Fault(reason: "the prediction is not JSON in a text") }
            return value
        case .classification:
            let names = predictions[0]["displayNames"]?.elements?.compactMap(\.stringValue) ?? []
            let numbers = predictions[0]["confidences"]?.elements?.compactMap(\.numberValue) ?? []
            guard names.count == numbers.count, let best = numbers.indices.max(by: { numbers[$0] < numbers[$1] })
            else { throw Fault(reason: "the prediction is no classification") }
            return ["category": ["value": .string(names[best]), "confidence": .number(numbers[best])]]
        }
    }

    /// The model as the answer names it.
    static func servedModel(_ response: JSONValue) -> (model: String?, version: String?) {
        func line(_ name: String) -> String? {
            response[name]?.stringValue.flatMap { $0.isEmpty ? nil : BoundedText.line($0, characters: 200) }
        }
        let version = [line("deployedModelId"), line("modelVersionId").map { "@\($0)" }].compactMap(\.self).joined()
        return (line("model") ?? line("modelDisplayName"), version.isEmpty ? nil : version)
    }
}
