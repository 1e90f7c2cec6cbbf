import Settings

/// The `TRIAGELOOP_…` variables, each also as `…_FILE`.
enum OperatorEnvironment {
    /// Nil when it isn't set.
    static func value(_ name: String) throws(CommandFailure) -> String? {
        var reader = SettingsReader()
        let value = reader.optionalString(name, summary: "", isSecret: true)
        guard reader.faults.isEmpty else {
            throw CommandFailure(.wrongSettings, reader.faults.map(\.description).joined(separator: "\n"))
        }
        return value
    }

    /// The option, else the variable.
    static func needed(_ option: String?, _ name: String, optionName: String) throws(CommandFailure) -> String {
        if let option { return option }
        if let value = try value(name) { return value }
        throw CommandFailure(.wrongSettings, "set \(SettingsReader.prefix)\(name) or give \(optionName)")
    }
}
