import Contracts

/// Reads how a version's endpoint is asked.
enum VertexReader {
    static func options(_ node: SettingsNode) -> VertexOptions {
        var options = VertexOptions(endpoint: node.text("endpoint", isNeeded: true, characters: 1...400) ?? "")
        if !options.endpoint.isEmpty, options.location == nil {
            node.fault("endpoint", "must be projects/PROJECT/locations/LOCATION/endpoints/ENDPOINT")
        }
        options.prediction = node.choice("prediction", default: .answer) ?? .answer
        if node.has("instance") { options.instance = instance(node) }
        if let parameters = node.value("parameters") {
            if parameters.members == nil || parameters.text().utf8.count > 4_096 {
                node.fault("parameters", "must be an object of at most 4096 bytes")
            }
            options.parameters = parameters
        }
        return options
    }

    private static func instance(_ node: SettingsNode) -> [String: TaskContent] {
        guard let members = node.value("instance")?.members, (1...10).contains(members.count) else {
            node.fault("instance", "must be an object of 1 to 10 members")
            return [:]
        }
        return members.compactMapValues { value in
            let content = value.stringValue.flatMap(TaskContent.init)
            if content == nil {
                node.fault("instance", "must hold only \(TaskContent.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return content
        }
    }
}
