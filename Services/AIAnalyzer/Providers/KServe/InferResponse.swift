import Contracts

/// The answer of an inference server, read by the names of its tensors.
struct InferResponse {
    /// Most elements of one tensor.
    private static let maximumElements = 10_000

    let modelName: String?
    let modelVersion: String?
    private let tensors: [String: [JSONValue]]

    /// Why it isn't what the protocol promises.
    struct Fault: Error {
        let reason: String
    }

    /// - Parameter id: what the request was called; an answer to another one is a fault.
    init(_ value: JSONValue, id: String) throws(Fault) {
        guard let outputs = value["outputs"]?.elements else { throw Fault(reason: "the answer has no outputs") }
        if let other = value["id"]?.stringValue, !other.isEmpty, other != id {
            throw Fault(reason: "the answer is to another request")
        }
        modelName = value["model_name"]?.stringValue.map { BoundedText.line($0, characters: 200) }
        modelVersion = value["model_version"]?.stringValue.map { BoundedText.line($0, characters: 200) }
        var tensors: [String: [JSONValue]] = [:]
        for output in outputs {
            guard let name = output["name"]?.stringValue, let data = output["data"]?.elements,
                let shape = output["shape"]?.elements?.map(\.countValue)
            else { throw Fault(reason: "an output has no name, shape or data") }
            let elements = Self.flat(data)
            let count = shape.reduce(1) { product, length in
                min(product * min(length ?? Self.maximumElements, Self.maximumElements), Self.maximumElements + 1)
            }
            guard elements.count == count, count <= Self.maximumElements else {
                throw Fault(reason: "an output's shape doesn't fit its data")
            }
            guard tensors.updateValue(elements, forKey: name) == nil else {
                throw Fault(reason: "two outputs have one name")
            }
        }
        self.tensors = tensors
    }

    /// The answer in the form of `AnswerSchema`.
    func answer(_ outputs: TensorOutputs, asking choices: ProviderChoices) throws(Fault) -> JSONValue {
        switch outputs {
        case .answer(let name):
            guard let value = StrictJSON.value(try text(name)) else { throw Fault(reason: "the answer is not JSON") }
            return value
        case .parts(let category, let priority, let effort):
            var members: [String: JSONValue] = [:]
            if let category, !choices.categories.isEmpty { members["category"] = try label(category) }
            if let priority, !choices.priorities.isEmpty { members["priority"] = try label(priority) }
            if let effort, choices.effort != nil {
                members["effort"] = [
                    "points": .number(try number(effort.points)), "confidence": .number(try number(effort.confidence)),
                ]
            }
            return .object(members)
        }
    }

    private func label(_ tensor: LabelTensor) throws(Fault) -> JSONValue {
        switch tensor {
        case .chosen(let label, let confidence):
            return ["value": .string(try text(label)), "confidence": .number(try number(confidence))]
        case .probabilities(let name, let labels):
            let numbers = (tensors[name] ?? []).compactMap(\.numberValue)
            guard numbers.count == labels.count, numbers.allSatisfy({ (0...1).contains($0) }),
                let best = numbers.indices.max(by: { numbers[$0] < numbers[$1] })
            else { throw Fault(reason: "the output \(name) is not a probability for each label") }
            return ["value": .string(labels[best]), "confidence": .number(numbers[best])]
        }
    }

    private func text(_ name: String) throws(Fault) -> String {
        guard let elements = tensors[name], elements.count == 1, let text = elements[0].stringValue else {
            throw Fault(reason: "the output \(name) is not one text")
        }
        return text
    }

    private func number(_ name: String) throws(Fault) -> Double {
        guard let elements = tensors[name], elements.count == 1, let number = elements[0].numberValue else {
            throw Fault(reason: "the output \(name) is not one number")
        }
        return number
    }

    /// Data comes flat or nested, row after row.
    private static func flat(_ data: [JSONValue]) -> [JSONValue] {
        data.flatMap { element in element.elements.map(flat) ?? [element] }
    }
}
