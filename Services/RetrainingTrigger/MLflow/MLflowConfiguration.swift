package import Settings

/// Where the MLflow server is and what things are called there.
package struct MLflowConfiguration: Sendable, Hashable {
    /// Without a path after the last part: `http://mlflow:5000`.
    package let url: String
    /// Sent as `Authorization: Bearer`; nil for a server that wants none.
    package var token: String?
    package var experiment = "triageloop"
    /// The registered model's name.
    package var model = "triageloop"
    /// For one request.
    package var timeout: Duration = .seconds(30)
    /// PEM file of the authorities to trust in place of the system's.
    package var caFile: String?

    package init(url: String) {
        var text = Substring(url)
        while text.hasSuffix("/") { text = text.dropLast() }
        self.url = String(text)
    }

    /// What is wrong with the values, in a sentence each.
    package var faults: [String] {
        var faults: [String] = []
        let isWeb = url.hasPrefix("http://") || url.hasPrefix("https://")
        if !isWeb || !url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) || url.contains("?") || url.contains("#") {
            faults.append("the address must be http:// or https://, without a query")
        }
        for (what, name) in [("experiment", experiment), ("model", model)] where !Self.isName(name) {
            faults.append(
                "the \(what)'s name must have 1 to 200 characters, none of them / : \" or a control character")
        }
        return faults
    }

    /// Names that need no care in MLflow's filters and addresses.
    private static func isName(_ name: String) -> Bool {
        (1...200).contains(name.count)
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !["/", ":", "\"", "'", "`", "\\"].contains($0) }
    }

    /// What the settings `MLFLOW_…` say; nil without an address.
    package static func read(_ reader: inout SettingsReader) -> MLflowConfiguration? {
        let url = reader.optionalString(
            "MLFLOW_URL", summary: "MLflow server that shows trainings and versions; none: the own registry alone")
        let token = reader.optionalString("MLFLOW_TOKEN", summary: "bearer token of that server", isSecret: true)
        let experiment = reader.string(
            "MLFLOW_EXPERIMENT", default: "triageloop", summary: "experiment that the runs belong to")
        let model = reader.string(
            "MLFLOW_MODEL", default: "triageloop", summary: "registered model that the versions belong to")
        let authorities = reader.optionalString(
            "MLFLOW_CA_FILE", summary: "PEM file of the authorities that its https trusts")
        let timeout = reader.duration(
            "MLFLOW_TIMEOUT", default: .seconds(30), in: .milliseconds(100)...(.seconds(600)),
            summary: "longest time of one request to it")
        guard let url else { return nil }
        var configuration = MLflowConfiguration(url: url)
        configuration.token = token
        configuration.experiment = experiment
        configuration.model = model
        configuration.caFile = authorities
        configuration.timeout = timeout
        for fault in configuration.faults { reader.fault("MLFLOW_URL", "can't be used: \(fault)") }
        return configuration
    }
}
