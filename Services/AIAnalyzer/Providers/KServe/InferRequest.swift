import Contracts

/// The body of an inference request of the Open Inference Protocol, version 2.
enum InferRequest {
    static func body(for request: ProviderRequest, settings: ProviderVersionSettings, options: KServeOptions) -> [UInt8]
    {
        let contents = TaskContents(request, settings: settings)
        let inputs = options.inputs.map { input -> JSONValue in
            [
                "name": .string(input.name), "datatype": "BYTES",
                "shape": .array(Array(repeating: .number(1), count: input.dimensions)),
                "data": [.string(contents.text(of: input.content))],
            ]
        }
        let outputs = options.outputs.names.map { JSONValue.object(["name": .string($0)]) }
        let body: JSONValue = [
            "id": .string("\(request.taskID)"), "inputs": .array(inputs), "outputs": .array(outputs),
        ]
        return Array(body.text().utf8)
    }
}

extension TensorOutputs {
    /// The tensors that are asked for, each once.
    var names: [String] {
        let names: [String]
        switch self {
        case .answer(let name): names = [name]
        case .parts(let category, let priority, let effort):
            names =
                [category, priority].flatMap { $0?.names ?? [] } + (effort.map { [$0.points, $0.confidence] } ?? [])
        }
        return names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension LabelTensor {
    var names: [String] {
        switch self {
        case .chosen(let label, let confidence): [label, confidence]
        case .probabilities(let name, _): [name]
        }
    }
}

/// A task's texts, bounded as the version's settings say.
struct TaskContents {
    private let request: ProviderRequest
    private let settings: ProviderVersionSettings
    private let title: String
    private let body: String

    init(_ request: ProviderRequest, settings: ProviderVersionSettings) {
        self.request = request
        self.settings = settings
        title = BoundedText.prefix(request.title, bytes: settings.maximumTextBytes)
        body = BoundedText.prefix(request.body, bytes: max(0, settings.maximumTextBytes - title.utf8.count))
    }

    func text(of content: TaskContent) -> String {
        switch content {
        case .title: title
        case .body: body
        case .project: BoundedText.prefix(request.project, bytes: 400)
        case .text: title + "\n\n" + body
        case .request:
            TaskPrompt(request.only(settings.fields), maximumTextBytes: settings.maximumTextBytes).user
        }
    }
}
