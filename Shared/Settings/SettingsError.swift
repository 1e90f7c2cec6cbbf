/// What is wrong with one setting.
package struct SettingFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// As in the environment, prefix and all.
    package let name: String
    package let reason: String

    package var description: String { "\(name) \(reason)" }
}

/// Everything that is wrong with the settings.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a process exits with (sysexits.h, EX_CONFIG).
    package static let exitCode: Int32 = 78

    /// Never empty.
    package let faults: [SettingFault]

    /// One line per fault.
    package var description: String {
        let count = faults.count == 1 ? "1 setting is" : "\(faults.count) settings are"
        return "\(count) wrong:\n" + faults.map { "  \($0)\n" }.joined()
    }
}
