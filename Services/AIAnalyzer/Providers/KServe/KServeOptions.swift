/// How the tensors of a model stand for a task and its analysis.
package struct KServeOptions: Sendable, Hashable {
    /// Nil: whichever the server takes for the current one.
    package var modelVersion: String?
    package var inputs: [TensorInput]
    package var outputs: TensorOutputs

    package init(modelVersion: String? = nil, inputs: [TensorInput], outputs: TensorOutputs) {
        self.modelVersion = modelVersion
        self.inputs = inputs
        self.outputs = outputs
    }

    /// What the outputs can say.
    package var fields: Set<ProviderField> { outputs.fields }
}

/// One input tensor: a text, of the datatype `BYTES`.
package struct TensorInput: Sendable, Hashable {
    package var name: String
    package var content: TaskContent
    /// How many dimensions of the length one it has.
    package var dimensions: Int

    package init(name: String, content: TaskContent, dimensions: Int = 1) {
        self.name = name
        self.content = content
        self.dimensions = dimensions
    }
}

/// What of a task goes into a field of a model's input.
package enum TaskContent: String, Sendable, Hashable, CaseIterable {
    case title, body, project
    /// Title and body with a blank line between.
    case text
    /// The JSON that a chat model gets: the task as data, with the choices.
    case request
}

/// Which output tensors hold the analysis.
package enum TensorOutputs: Sendable, Hashable {
    /// One text that is an answer in JSON, as a chat model gives it.
    case answer(String)
    case parts(category: LabelTensor?, priority: LabelTensor?, effort: EffortTensor?)

    var fields: Set<ProviderField> {
        switch self {
        case .answer: Set(ProviderField.allCases)
        case .parts(let category, let priority, let effort):
            Set(
                [(category != nil, ProviderField.category), (priority != nil, .priority), (effort != nil, .effort)]
                    .filter(\.0).map(\.1))
        }
    }
}

/// The tensors of one label.
package enum LabelTensor: Sendable, Hashable {
    /// A text and its probability.
    case chosen(label: String, confidence: String)
    /// A probability for each of these labels, in their order.
    case probabilities(String, labels: [String])
}

/// The tensors of an effort: two numbers.
package struct EffortTensor: Sendable, Hashable {
    package var points: String
    package var confidence: String
}
