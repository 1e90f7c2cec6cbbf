package import Settings
package import TaskAPICore

extension HoldBack {
    /// Reads who sees no suggestions.
    package init(reader: inout SettingsReader) {
        let share = reader.number(
            "HOLD_BACK_SHARE", default: 0, in: 0...50, unit: "percent",
            summary: "users from whom suggestions are held back, to see how good they are by themselves; 0: nobody")
        let exempt = reader.optionalString(
            "HOLD_BACK_EXEMPT",
            summary: "users who see suggestions in any case, with commas between: programs and operators")
        let names = exempt?.split(separator: ",").map { Self.trimmed($0) } ?? []
        self.init(sharePercent: share, exempt: Set(names.filter { !$0.isEmpty }))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
