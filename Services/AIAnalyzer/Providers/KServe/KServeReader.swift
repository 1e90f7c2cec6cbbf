/// Reads how a version's tensors stand for tasks and analyses.
enum KServeReader {
    static func options(_ node: SettingsNode) -> KServeOptions {
        let inputs = node.nodes("inputs", count: 1...10, known: ["name", "content", "dimensions"]).map { input in
            TensorInput(
                name: input.text("name", isNeeded: true) ?? "",
                content: input.choice("content", default: TaskContent?.none) ?? .text,
                dimensions: input.integer("dimensions", default: 1, in: 1...4))
        }
        if Set(inputs.map(\.name)).count != inputs.count { node.fault("inputs", "must have different names") }
        return KServeOptions(modelVersion: node.text("model_version"), inputs: inputs, outputs: outputs(node))
    }

    private static func outputs(_ node: SettingsNode) -> TensorOutputs {
        let known = ["answer", "category", "priority", "effort"]
        let outputs = node.node("outputs", known: known)
        if outputs.has("answer") {
            for name in known.dropFirst() where outputs.has(name) {
                outputs.fault(name, "must not stand beside answer")
            }
            return .answer(outputs.text("answer", isNeeded: true) ?? "")
        }
        if !known.contains(where: outputs.has) {
            node.fault("outputs", "must name at least one of answer, category, priority, effort")
        }
        return .parts(
            category: label(outputs, "category"), priority: label(outputs, "priority"), effort: effort(outputs))
    }

    private static func label(_ outputs: SettingsNode, _ name: String) -> LabelTensor? {
        guard outputs.has(name) else { return nil }
        let node = outputs.node(name, known: ["label", "confidence", "probabilities", "labels"])
        if let tensor = node.text("probabilities") {
            if node.has("label") { node.fault("label", "must not stand beside probabilities") }
            return .probabilities(tensor, labels: node.texts("labels", count: 2...ProviderChoices.maximumEntries))
        }
        return .chosen(
            label: node.text("label", isNeeded: true) ?? "", confidence: node.text("confidence", isNeeded: true) ?? "")
    }

    private static func effort(_ outputs: SettingsNode) -> EffortTensor? {
        guard outputs.has("effort") else { return nil }
        let node = outputs.node("effort", known: ["points", "confidence"])
        return EffortTensor(
            points: node.text("points", isNeeded: true) ?? "",
            confidence: node.text("confidence", isNeeded: true) ?? "")
    }
}
