import Configuration
import FoundationEssentials

/// Reads one process's settings and collects every fault, so that all of them are shown at once.
///
/// The setting `HTTP_PORT` is the environment variable `TRIAGELOOP_HTTP_PORT`, or the content of the file that
/// `TRIAGELOOP_HTTP_PORT_FILE` names (for secrets). `TRIAGELOOP_SETTINGS_FILE` may name a file of `NAME=value` lines
/// that stand in for variables that are not set. An empty value counts as not set. After a fault a reading function
/// answers a placeholder: call `finish` before using any of them.
package struct SettingsReader: Sendable {
    /// What every name starts with in the environment.
    package static let prefix = "TRIAGELOOP_"
    static let settingsFile = "SETTINGS_FILE"

    private let reader: ConfigReader
    private let names: [String]
    /// What was read so far, in reading order.
    package private(set) var documentation: [SettingDescription] = []
    /// What is wrong so far.
    package private(set) var faults: [SettingFault] = []

    /// The environment of this process.
    package static var processEnvironment: [String: String] { ProcessInfo.processInfo.environment }

    /// Reads nothing yet but the settings file, if one is named.
    package init(environment: [String: String] = Self.processEnvironment) {
        var variables = environment
        var faults: [SettingFault] = []
        if let path = environment[Self.prefix + Self.settingsFile], !path.isEmpty {
            do throws(SettingFault) {
                variables.merge(try SettingsFile.read(path)) { ofEnvironment, _ in ofEnvironment }
            } catch {
                faults.append(SettingFault(name: Self.prefix + Self.settingsFile, reason: error.reason))
            }
        }
        self.faults = faults
        names = variables.keys.filter { $0.hasPrefix(Self.prefix) }.sorted()
        reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
    }

    /// A text.
    /// - Parameter default: nil makes the setting required.
    package mutating func string(
        _ name: String, default fallback: String?, summary: String, isSecret: Bool = false
    ) -> String {
        let value = text(name, isSecret: isSecret) ?? fallback
        describe(name, .text, default: fallback, summary: summary, isSecret: isSecret, value: value)
        if value == nil { missing(name, summary) }
        return value ?? ""
    }

    /// A text that may be missing.
    package mutating func optionalString(_ name: String, summary: String, isSecret: Bool = false) -> String? {
        let value = text(name, isSecret: isSecret)
        describe(name, .text, default: nil, summary: summary, isSecret: isSecret, value: value)
        return value
    }

    /// What lies in a file, read now so that a fault shows with all others.
    /// - Parameter load: reads the file; its error is the fault's reason.
    package mutating func file<Value>(
        _ name: String, summary: String, load: (_ path: String) throws -> Value
    ) -> Value? {
        guard let path = optionalString(name, summary: summary) else { return nil }
        do {
            return try load(path)
        } catch {
            fault(name, "\(path): \(error)")
            return nil
        }
    }

    /// A whole number within bounds.
    /// - Parameter default: nil makes the setting required.
    package mutating func integer(
        _ name: String, default fallback: Int?, in bounds: ClosedRange<Int>, unit: String, summary: String
    ) -> Int {
        parsed(name, .integer, fallback, in: bounds, unit: unit, summary, show: { "\($0)" }, parse: { Int($0) })
            ?? bounds.lowerBound
    }

    /// A number within bounds.
    /// - Parameter default: nil makes the setting required.
    package mutating func number(
        _ name: String, default fallback: Double?, in bounds: ClosedRange<Double>, unit: String, summary: String
    ) -> Double {
        parsed(
            name, .number, fallback, in: bounds, unit: unit, summary,
            show: { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int64($0))" : "\($0)" },
            parse: { Double($0) })
            ?? bounds.lowerBound
    }

    /// A length of time within bounds, written like `250ms`, `5s`, `2m`, `1h` or `7d`.
    package mutating func duration(
        _ name: String, default fallback: Duration, in bounds: ClosedRange<Duration>, summary: String
    ) -> Duration {
        parsed(
            name, .duration, fallback, in: bounds, unit: nil, summary, show: { DurationText.text(of: $0) },
            parse: { DurationText.duration($0) }) ?? fallback
    }

    /// One of the raw values of an enumeration.
    package mutating func choice<E: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: E, summary: String
    ) -> E where E.RawValue == String {
        let given = text(name, isSecret: false)
        let choices = E.allCases.map(\.rawValue)
        let value = given.map { E(rawValue: $0) } ?? fallback
        describe(
            name, .choice, default: fallback.rawValue, bounds: choices.joined(separator: "|"), summary: summary,
            value: value?.rawValue ?? given)
        if value == nil { fault(name, "must be one of \(choices.joined(separator: ", ")), not \(quoted(given))") }
        return value ?? fallback
    }

    /// Yes or no: `true`, `false`, `yes`, `no`, `on`, `off`, `1`, `0`.
    package mutating func flag(_ name: String, default fallback: Bool, summary: String) -> Bool {
        let given = text(name, isSecret: false)
        var value: Bool? = fallback
        switch given?.lowercased() {
        case nil: break
        case "true", "yes", "on", "1": value = true
        case "false", "no", "off", "0": value = false
        default: value = nil
        }
        describe(
            name, .flag, default: "\(fallback)", bounds: "true|false", summary: summary,
            value: value.map { "\($0)" } ?? given)
        if value == nil { fault(name, "must be true or false, not \(quoted(given))") }
        return value ?? fallback
    }

    /// Records a fault that only the caller can see, such as a text that is no URL. Never quote a secret.
    package mutating func fault(_ name: String, _ reason: String) {
        faults.append(SettingFault(name: Self.prefix + name, reason: reason))
    }

    /// Ends the reading.
    /// - Throws: every fault at once, misspelt names among them.
    package func finish() throws(SettingsError) {
        let typos = SettingNames.misspelt(among: names, known: documentation.map(\.name))
        let all = faults + typos
        if !all.isEmpty { throw SettingsError(faults: all) }
    }
}

extension SettingsReader {
    private mutating func text(_ name: String, isSecret: Bool) -> String? {
        let direct = variable(name, isSecret: isSecret)
        let path = variable(name + "_FILE", isSecret: false)
        guard let path else { return direct }
        if direct != nil {
            fault(name, "is set twice: here and by \(Self.prefix)\(name)_FILE")
            return direct
        }
        do throws(SettingFault) {
            return try SettingsFile.secret(path)
        } catch {
            faults.append(SettingFault(name: Self.prefix + name + "_FILE", reason: error.reason))
            return nil
        }
    }

    private func variable(_ name: String, isSecret: Bool) -> String? {
        let parts = (Self.prefix + name).lowercased().split(separator: "_").map(String.init)
        return reader.string(forKey: ConfigKey(parts), isSecret: isSecret).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A file that can't be read is one fault, not a missing setting as well.
    private mutating func missing(_ name: String, _ summary: String) {
        if !faults.contains(where: { $0.name == Self.prefix + name + "_FILE" }) {
            fault(name, "is required: \(summary)")
        }
    }

    private mutating func parsed<Value: Comparable>(
        _ name: String, _ kind: SettingDescription.Kind, _ fallback: Value?, in bounds: ClosedRange<Value>,
        unit: String?, _ summary: String, show: (Value) -> String, parse: (String) -> Value?
    ) -> Value? {
        let given = text(name, isSecret: false)
        let value = given.map(parse) ?? fallback
        let limits = "\(show(bounds.lowerBound)) to \(show(bounds.upperBound))"
        describe(
            name, kind, unit: unit, default: fallback.map(show), bounds: limits, summary: summary,
            value: value.map(show) ?? given)
        let inUnit = unit.map { " (\($0))" } ?? ""
        guard let value else {
            if let given {
                fault(name, "must be \(kind.article) from \(limits)\(inUnit), not \(quoted(given))")
            } else {
                missing(name, summary)
            }
            return nil
        }
        guard bounds.contains(value) else {
            fault(name, "must be from \(limits)\(inUnit), not \(show(value))")
            return nil
        }
        return value
    }

    private mutating func describe(
        _ name: String, _ kind: SettingDescription.Kind, unit: String? = nil, default fallback: String?,
        bounds: String? = nil, summary: String, isSecret: Bool = false, value: String?
    ) {
        documentation.append(
            SettingDescription(
                name: Self.prefix + name, kind: kind, unit: unit,
                defaultValue: isSecret ? fallback.map { _ in "(secret)" } : fallback, bounds: bounds,
                summary: summary, isSecret: isSecret,
                effectiveValue: isSecret ? value.map { _ in "(secret)" } : value))
    }

    private func quoted(_ value: String?) -> String { "\"\((value ?? "").prefix(100))\"" }
}
